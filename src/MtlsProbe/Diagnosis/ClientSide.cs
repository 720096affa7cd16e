using MtlsProbe.Model;

namespace MtlsProbe.Diagnosis;

/// <summary>What the server asked for, and what we presented.</summary>
internal static class ClientSide
{
    /// <summary>A server may send thousands of names; a person reads a few.</summary>
    private const int IssuersShown = 10;

    public static void Write(ProbeResult result, Pen pen, DateTimeOffset now)
    {
        if (result.ClientCertificate is not { } facts) return;

        pen.Section("What the server asked for");
        if (facts.Requested) Request(facts, pen);
        else pen.Line("  no client certificate");

        pen.Section("What we presented");
        if (facts.Presented is { } leaf)
        {
            pen.Line($"  {pen.Safe(leaf.Subject)}");
            pen.Line($"    issuer {pen.Safe(leaf.Issuer)}");
            pen.Line($"    serial {pen.Safe(leaf.Serial, 64)}, {Validity.Describe(leaf, now, pen)}");
        }
        else
        {
            pen.Line(facts.Requested ? "  no certificate" : "  no certificate, since the server did not ask for one");
        }
    }

    private static void Request(ClientCertificateFacts facts, Pen pen)
    {
        var names = facts.AcceptableIssuers;
        if (names.Count == 0)
        {
            pen.Line("  a client certificate; it named no issuers");
            return;
        }

        var ours = facts.IssuerAcceptable switch
        {
            true => pen.Good("our issuer is among them"),
            false => pen.Bad("our issuer is not among them"),
            null => "we sent no certificate",
        };
        pen.Line(FormattableString.Invariant($"  a client certificate from one of {names.Count:N0} issuer{(names.Count == 1 ? "" : "s")}; ") + ours);

        // Ours first: it may stand behind thousands of others.
        var issuer = facts.Presented?.Issuer;
        foreach (var name in names.OrderByDescending(name => name == issuer).Take(IssuersShown))
            pen.Line($"    {(name == issuer ? pen.Tick : pen.Dot)} {pen.Safe(name)}");
        if (names.Count > IssuersShown) pen.Line($"      {Pen.AndMore(names.Count - IssuersShown)}");
    }
}
