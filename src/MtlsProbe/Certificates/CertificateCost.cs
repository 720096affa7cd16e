using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>
/// The cost of a kept certificate: bytes of the heap, not of the wire. It is an estimate, which the benchmark <c>kept</c> compares with the heap. A
/// leaf of 96 kB on the wire can be 1 MB of text.
/// </summary>
internal static class CertificateCost
{
    /// <summary>
    /// The objects, hashes and keys of each certificate: two records, its fingerprint as text, and its entry in the table of known certificates.
    /// </summary>
    private const int Fixed = 900;

    /// <summary>A string or an array, without its content.</summary>
    private const int Overhead = 24;

    private const int Reference = 8;

    public static int Of(Certificate certificate)
    {
        var rules = certificate.Rules;
        return Fixed + certificate.Der.Length + Of(certificate.Subject) + Of(certificate.Issuer) + Of(certificate.Serial) + Of(certificate.Key) + Of(rules.IssuerUri) + Of(rules.ResponderUri)
            + Of(certificate.DnsNames) + Of(certificate.IpAddresses) + Of(certificate.Uris)
            + Of(rules.ExtendedKeyUsage ?? []) + Of(rules.UnknownCriticalExtensions) + Of(rules.MalformedExtensions);
    }

    public static int Of(string? text) => text is null ? 0 : Overhead + (sizeof(char) * text.Length);

    public static int Of(ValueList<string> texts)
    {
        var cost = texts.Count == 0 ? 0 : Overhead;
        foreach (var text in texts) cost += Reference + Of(text);
        return cost;
    }
}
