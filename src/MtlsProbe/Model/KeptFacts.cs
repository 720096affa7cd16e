using MtlsProbe.Certificates;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// What is kept of a result after it has been judged. If a server presents the same data again, the data are kept once. If a server presents too
/// much, only what is shown is kept, without the bytes. Pure.
/// </summary>
internal static class KeptFacts
{
    /// <summary>Maximum bytes of one result, however much memory is free. A chain with a thousand names needs a tenth of it.</summary>
    public const long Most = 256 * 1024;

    /// <summary>Bytes of a certificate that is kept without its content.</summary>
    private const int ReducedCertificate = 2048;

    private const int FewestCertificates = 4;

    /// <summary>The same number of certificates have an info series.</summary>
    private const int MostCertificates = 32;

    private const int FaultsKept = 16;
    private const int NotesKept = 4;
    private const int IssuersKept = 16;
    private const int RevocationKept = 16;
    private const int NamesKept = 4;

    /// <summary>Bytes of a line about the revocation of a certificate, without its texts.</summary>
    private const int RevocationLine = 160;

    /// <summary>Maximum characters of a detail.</summary>
    private const int LongestDetail = 600;

    /// <summary>
    /// The result, sharing those parts with the previous one that are equal. A server that does not change therefore needs no more memory. The
    /// stapled response is dropped: it has been judged with the chain.
    /// </summary>
    public static ProbeResult Of(ProbeResult result, HandshakeState before)
    {
        var (last, facts) = (before.Last, before.Server);
        return result with
        {
            StapledOcsp = default,
            Remote = Same(result.Remote, last?.Remote),
            Way = Same(result.Way, last?.Way),
            Failure = Same(result.Failure, last?.Failure),
            Control = Same(result.Control, last?.Control),
            Tls = Same(result.Tls, facts?.Tls),
            ClientCertificate = Same(result.ClientCertificate, facts?.ClientCertificate),
            ServerCertificates = facts is not null && facts.Certificates == result.ServerCertificates && !IsReduced(facts.Certificates)
                ? facts.Certificates
                : result.ServerCertificates,
            Chain = facts is not null && !IsReduced(facts.Certificates) ? Same(result.Chain, facts.Chain) : result.Chain,
            Expected = Same(result.Expected, last?.Expected)!,
            Outlook = Same(result.Outlook, last?.Outlook),
        };
    }

    /// <summary>Memory for the texts of a result, in bytes, without its certificates.</summary>
    public static long TextCost(ProbeResult result) =>
        CertificateCost.Of(result.Failure?.Detail) + TextCost(result.Chain) + CertificateCost.Of(result.ClientCertificate?.AcceptableIssuers ?? []);

    /// <summary>Memory for the texts of a server's facts, in bytes.</summary>
    public static long TextCost(ServerFacts facts) => TextCost(facts.Chain) + CertificateCost.Of(facts.ClientCertificate?.AcceptableIssuers ?? []);

    /// <summary>
    /// What is shown of the result: the leaf, the certificates of the path and those that expire first, without their bytes; one fault of each kind;
    /// and the total numbers. Outcome, reason, dates and the validity of the chain do not change.
    /// </summary>
    /// <param name="share">Approximate size of the new result, in bytes.</param>
    public static ProbeResult Reduced(ProbeResult result, long share)
    {
        var most = (int)Math.Clamp(share / ReducedCertificate, FewestCertificates, MostCertificates);
        var reduced = Chosen(result, most).ToDictionary(certificate => certificate, certificate => certificate.WithoutContent(NamesKept));
        var kept = result.ServerCertificates.Where(reduced.ContainsKey).Distinct().Select(certificate => reduced[certificate]).ToValueList();
        return result with
        {
            Failure = result.Failure is { } failure ? failure with { Detail = Cut(failure.Detail) } : null,
            ServerCertificates = kept,
            Chain = result.Chain is { } chain ? Reduced(chain, reduced, most, NoteOf(result.ServerCertificates, kept)) : null,
            ClientCertificate = result.ClientCertificate is { } client ? Reduced(client) : null,
            Outlook = result.Outlook?.WithoutContent(NamesKept),
        };
    }

    /// <summary>Whether these certificates are without their bytes.</summary>
    private static bool IsReduced(ValueList<Certificate> certificates) => certificates.Count > 0 && certificates[0].Der.IsEmpty;

    /// <summary>Leaf, path, then those that expire first: expiry is reported whatever else is omitted.</summary>
    private static IEnumerable<Certificate> Chosen(ProbeResult result, int most)
    {
        var presented = result.ServerCertificates.Distinct().ToList();
        var path = result.Chain?.Path ?? [];
        return presented.Take(1).Concat(presented.OrderBy(certificate => certificate.NotAfter).Take(most / 2))
            .Concat(path.Where(presented.Contains)).Concat(presented).Distinct().Take(most);
    }

    private static ChainVerdict Reduced(ChainVerdict chain, Dictionary<Certificate, Certificate> reduced, int most, string note)
    {
        return chain with
        {
            Path = chain.Path.Where((certificate, depth) => depth == chain.Path.Count - 1 || reduced.ContainsKey(certificate)).Take(most).Select(Shown).ToValueList(),
            Faults = chain.Faults.DistinctBy(fault => fault.Error).Concat(chain.Faults).Distinct().Take(FaultsKept).Select(Short).ToValueList(),
            Revocation = chain.Revocation.Take(RevocationKept).Select(line => line with { Missing = line.Missing is { } why ? Cut(why) : null }).ToValueList(),
            Notes = chain.Notes.Take(NotesKept).Select(Cut).Append(note).ToValueList(),
        };

        // The anchor is ours; its bundle keeps it.
        Certificate Shown(Certificate certificate) => reduced.GetValueOrDefault(certificate, certificate);
        ChainFault Short(ChainFault fault) => fault with { Subject = fault.Subject?.Clip(), Detail = Cut(fault.Detail), StopsAt = fault.StopsAt?.WithoutContent(NamesKept) };
    }

    private static string NoteOf(ValueList<Certificate> presented, ValueList<Certificate> kept) => FormattableString.Invariant(
        $"what the server presented ({presented.Count:N0} certificates of {presented.Sum(certificate => (long)certificate.Der.Length):N0} octets) exceeds the memory limit for one server: {kept.Count:N0} are shown, and not with all of their names");

    private static ClientCertificateFacts Reduced(ClientCertificateFacts client)
    {
        var ours = client.Presented?.Issuer;
        var kept = client.AcceptableIssuers.Where(name => name == ours).Take(1).Concat(client.AcceptableIssuers).Distinct().Take(IssuersKept).ToValueList();
        return client with { AcceptableIssuers = kept, IssuersLeftOut = client.IssuersTotal - kept.Count };
    }

    private static string Cut(string text) => text.Length <= LongestDetail ? text : text[..LongestDetail] + "…";

    private static long TextCost(ChainVerdict? chain)
    {
        if (chain is null) return 0;
        long cost = CertificateCost.Of(chain.Notes);
        foreach (var line in chain.Revocation) cost += RevocationLine + CertificateCost.Of(line.Missing) + CertificateCost.Of(line.Subject);
        foreach (var fault in chain.Faults) cost += CertificateCost.Of(fault.Detail) + CertificateCost.Of(fault.Subject);
        return cost;
    }

    private static T? Same<T>(T? now, T? before)
        where T : class => before is not null && before.Equals(now) ? before : now;
}
