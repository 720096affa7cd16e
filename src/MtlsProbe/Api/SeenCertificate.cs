using System.Diagnostics.CodeAnalysis;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>A certificate as shown.</summary>
internal record SeenCertificate
{
    [SetsRequiredMembers]
    public SeenCertificate(Certificate certificate, ExpiryLevel? expiring)
    {
        Expiring = expiring;
        (Subject, Issuer, Serial, Key) = (Shown.Name(certificate.Subject), Shown.Name(certificate.Issuer), certificate.Serial, Shown.Name(certificate.Key));
        (NotBefore, NotAfter, Sha256) = (certificate.NotBefore, certificate.NotAfter, certificate.Sha256);
        Names = Shown.Names([.. certificate.DnsNames.Take(Shown.Most), .. certificate.IpAddresses.Take(Shown.Most), .. certificate.Uris.Take(Shown.Most)]);
        NamesTotal = certificate.NamesTotal;
    }

    public required string Subject { get; init; }

    public required string Issuer { get; init; }

    public required string Serial { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Null if its expiry is not near.</summary>
    public ExpiryLevel? Expiring { get; init; }

    public required string Sha256 { get; init; }

    public required string Key { get; init; }

    /// <summary>The first subject alternative names: DNS, then IP, then URI.</summary>
    public required ValueList<string> Names { get; init; }

    public required int NamesTotal { get; init; }
}
