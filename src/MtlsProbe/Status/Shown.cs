using MtlsProbe.Diagnosis;
using MtlsProbe.Model;

namespace MtlsProbe.Status;

/// <summary>What peers wrote, made visible and cut, so that no answer grows with what a stranger puts into a certificate.</summary>
internal static class Shown
{
    /// <summary>How many of a list are shown.</summary>
    public const int Most = 20;

    /// <summary>Longer names are cut: 253 characters are the longest that DNS has.</summary>
    private const int NameLength = 300;

    private const int TextLength = 1000;

    public static string Name(string name) => VisibleText.Of(name, NameLength, ascii: false);

    public static string Text(string text) => VisibleText.Of(text, TextLength, ascii: false);

    public static ValueList<string> Names(ValueList<string> names) => names.Take(Most).Select(Name).ToValueList();

    /// <summary>A result record whose lists and texts are cut.</summary>
    public static ProbeResult Record(ProbeResult result) => result with
    {
        Failure = result.Failure is { } failure ? failure with { Detail = Text(failure.Detail) } : null,
        ServerCertificates = result.ServerCertificates.Take(Most).Select(Record).ToValueList(),
        ClientCertificate = result.ClientCertificate is not { } client ? null : client with
        {
            Presented = client.Presented is { } presented ? Record(presented) : null,
            AcceptableIssuers = Names(client.AcceptableIssuers),
        },
        Chain = result.Chain is not { } chain ? null : chain with
        {
            Faults = chain.Faults.Take(Most).Select(fault => fault with { Subject = fault.Subject is { } subject ? Name(subject) : null, Detail = Text(fault.Detail) }).ToValueList(),
            Notes = chain.Notes.Take(Most).Select(Text).ToValueList(),
            Ocsp = chain.Ocsp is { } ocsp ? Name(ocsp) : null,
        },
    };

    private static Certificate Record(Certificate certificate) => certificate with
    {
        Subject = Name(certificate.Subject),
        Issuer = Name(certificate.Issuer),
        DnsNames = Names(certificate.DnsNames),
        IpAddresses = Names(certificate.IpAddresses),
        Uris = Names(certificate.Uris),
    };
}
