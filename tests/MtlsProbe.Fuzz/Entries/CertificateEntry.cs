using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;

namespace MtlsProbe.Fuzz;

/// <summary>One certificate of a peer: its fields, its names, and the text about them.</summary>
internal sealed class CertificateEntry : FuzzEntry
{
    public override string Name => "certificate";

    public override string Does => "one certificate (DER)";

    public override Shape Shape => Shape.Der;

    public override IReadOnlyList<string> Reached => ["read EC P-0", "read RSA 0"];

    private static readonly ServerReference s_server = new(null, ServerIdentity.OneOf(SpiffeId.TryParse("spiffe://test/shop")!));

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (var certificate in SeedPki.All) yield return certificate.Der;
        yield return Crowded();
    }

    public override string Run(byte[] input)
    {
        if (Certificate.TryParse(input) is not { } certificate) return "none";
        foreach (var (text, what) in Shown(certificate)) Claim.Visible(text, what);
        Claim.Visible(certificate.ValidityProblem, "the problem of its validity", 1000);
        var names = certificate.Rules.AlternativeNames;
        var kept = certificate.DnsNames.Count + certificate.IpAddresses.Count + certificate.Uris.Count;
        Claim.Holds(kept <= AlternativeNames.MostKept, "more names are kept than allowed");
        Claim.Holds(names.All.Count(name => name.Form is GeneralName.Dns or GeneralName.Ip or GeneralName.Uri) == certificate.NamesTotal, "names are lost");
        Claim.Visible(ServerName.Mismatch(certificate, SeedPki.ServerName)?.Detail, "the mismatch of its name", 10_000);
        var (id, noId) = X509Svid.Read(certificate);
        Claim.Holds((id is null) == (noId is not null), "neither an ID nor a reason, or both");
        Claim.Holds(id is null || SpiffeId.TryParse(id.ToString()) == id, "the written ID reads back differently");
        foreach (var fault in WrongServer.Faults(certificate, id, noId, s_server)) Claim.Visible(fault.Detail, "the mismatch of its ID", 10_000);
        _ = NameConstraints.Read(certificate.Rules, new SearchBounds())?.Violations(certificate, new SearchBounds());
        Claim.Holds(CertificateCost.Of(certificate) > 0 && CertificateCost.Of(certificate.WithoutContent(3)) > 0, "it costs nothing");
        Claim.Holds(Certificate.TryParse(certificate.Der) == certificate, "a second reading is different");
        return $"read {certificate.Key}";
    }

    private static IEnumerable<(string? Text, string What)> Shown(Certificate certificate) =>
    [
        (certificate.Subject, "the subject"), (certificate.Issuer, "the issuer"), (certificate.Serial, "the serial"), (certificate.Key, "the key"),
        (certificate.Rules.IssuerUri, "the URI of the issuer"),
        (certificate.Rules.ResponderUri, "the URI of the responder"),
        .. certificate.DnsNames.Concat(certificate.IpAddresses).Concat(certificate.Uris).Select(name => ((string?)name, "a name")),
    ];

    /// <summary>With more names than are kept.</summary>
    private static byte[] Crowded() =>
        SeedPki.Root.Issue(TestTemplate.Server(SeedPki.ServerName) with { Dns = [.. Enumerable.Range(0, 300).Select(number => $"n{number}.a.test")] }).Der;
}
