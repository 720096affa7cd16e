using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>A result record as the API shows it.</summary>
internal static class ShownRecord
{
    /// <summary>A result record whose lists and texts are truncated.</summary>
    public static ProbeResult Of(ProbeResult result) => result with
    {
        Failure = result.Failure is { } failure ? failure with { Detail = Shown.Text(failure.Detail) } : null,
        ServerCertificates = result.ServerCertificates.Take(Shown.Most).Select(Of).ToValueList(),
        ClientCertificate = result.ClientCertificate is not { } client ? null : client with
        {
            Presented = client.Presented is { } presented ? Of(presented) : null,
            AcceptableIssuers = Shown.Names(client.AcceptableIssuers),
            IssuersLeftOut = client.IssuersTotal - Math.Min(client.AcceptableIssuers.Count, Shown.Most),
        },
        Chain = result.Chain is not { } chain ? null : chain with
        {
            Faults = chain.Faults.Take(Shown.Most).Select(fault => fault with { Subject = fault.Subject is { } subject ? Shown.Name(subject) : null, Detail = Shown.Text(fault.Detail) }).ToValueList(),
            SpiffeId = chain.SpiffeId is { } id ? Shown.Text(id) : null,
            Notes = chain.Notes.Take(Shown.Most).Select(Shown.Text).ToValueList(),
            Ocsp = chain.Ocsp is { } ocsp ? Shown.Name(ocsp) : null,
            Revocation = chain.Revocation.Take(Shown.Most).Select(Of).ToValueList(),
        },
    };

    public static CertificateRevocation Of(CertificateRevocation line) => line with
    {
        Subject = Shown.Name(line.Subject),
        Place = line.Place is { } place ? Shown.Text(place) : null,
        Missing = line.Missing is { } missing ? Shown.Text(missing) : null,
    };

    private static Certificate Of(Certificate certificate) => certificate with
    {
        Subject = Shown.Name(certificate.Subject),
        Issuer = Shown.Name(certificate.Issuer),
        DnsNames = Shown.Names(certificate.DnsNames),
        IpAddresses = Shown.Names(certificate.IpAddresses),
        Uris = Shown.Names(certificate.Uris),
        NamesLeftOut = certificate.NamesTotal - Math.Min(certificate.DnsNames.Count, Shown.Most) - Math.Min(certificate.IpAddresses.Count, Shown.Most)
            - Math.Min(certificate.Uris.Count, Shown.Most),
    };
}
