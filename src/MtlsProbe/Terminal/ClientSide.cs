using MtlsProbe.Certificates;
using MtlsProbe.Model;

namespace MtlsProbe.Terminal;

/// <summary>What the server asked for, and what we presented.</summary>
internal static class ClientSide
{
    /// <summary>A server can send thousands of names; a person reads a few.</summary>
    private const int IssuersShown = 10;

    public static void Write(ProbeResult result, Pen pen, DateTimeOffset now)
    {
        if (result.ClientCertificate is not { } facts) return;

        pen.Section("What the server asked for");
        if (facts.Requested) Request(facts, result.Expect, pen);
        else pen.Line("  no client certificate");

        pen.Section("What we presented");
        if (facts.Presented is { } leaf)
        {
            pen.Line($"  {pen.Safe(leaf.Subject)}");
            if (X509Svid.Read(leaf).Id is { } id) pen.Line($"    SPIFFE ID {pen.Safe(id.ToString(), 300)}");
            pen.Line($"    issuer {pen.Safe(leaf.Issuer)}");
            pen.Line($"    serial {pen.Safe(leaf.Serial, 64)}, {ValidityText.Describe(leaf, now, pen)}");
        }
        else
        {
            pen.Line(facts.Requested ? "  no certificate" : "  no certificate, because the server did not ask for one");
        }
    }

    private static void Request(ClientCertificateFacts facts, Expectation expect, Pen pen)
    {
        var names = facts.AcceptableIssuers;
        if (names.Count == 0)
        {
            pen.Line("  a client certificate; it named no issuers");
            return;
        }

        var (one, any) = names.Count == 1 ? ("it", "it") : ("one of them", "any of them");
        var ours = facts.IssuerAcceptable switch
        {
            true when expect == Expectation.Accept => pen.Good($"our chain leads to {one}"),
            true => $"our chain leads to {one}", // neither good nor bad if we must be refused
            false when expect == Expectation.Accept => pen.Bad($"our chain does not lead to {any}"),
            false => $"our chain does not lead to {any}",
            null => "we sent no certificate",
        };
        var issuers = names.Count == 1 ? "this issuer" : FormattableString.Invariant($"one of {facts.IssuersTotal:N0} issuers");
        pen.Line($"  a client certificate from {issuers}; {ours}");

        // Ours first: it can come after thousands of others.
        var issuer = facts.Presented?.Issuer;
        foreach (var name in names.OrderByDescending(name => name == issuer).Take(IssuersShown))
            pen.Line($"    {(name == issuer ? pen.Tick : pen.Dot)} {pen.Safe(name)}");
        if (facts.IssuersTotal > IssuersShown) pen.Line($"      {Pen.AndMore(facts.IssuersTotal - IssuersShown)}");
    }
}
