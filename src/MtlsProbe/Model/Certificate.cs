using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>
/// The facts of one X.509 certificate (RFC 5280), read once from its DER bytes. Two are equal when their bytes are.
/// Everything in it may come from a hostile peer: names are shown as text, never as markup.
/// </summary>
internal sealed record Certificate
{
    /// <summary>Distinguished name, most specific part first: <c>CN=…, O=…</c>.</summary>
    public required string Subject { get; init; }

    public required string Issuer { get; init; }

    /// <summary>Lower-case hex, as in the certificate.</summary>
    public required string Serial { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>SHA-256 of the DER bytes, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>DNS names of the subject alternative name extension.</summary>
    public ValueList<string> DnsNames { get; init; } = [];

    /// <summary>IP addresses of the subject alternative name extension.</summary>
    public ValueList<string> IpAddresses { get; init; } = [];

    /// <summary>URIs of the subject alternative name extension.</summary>
    public ValueList<string> Uris { get; init; } = [];

    /// <summary>Kind and size of the public key: <c>RSA 2048</c>, <c>EC P-256</c>, <c>Ed25519</c>.</summary>
    public required string Key { get; init; }

    /// <summary>What the rules of path validation need; not part of the result record.</summary>
    [JsonIgnore]
    public required CertificateRules Rules { get; init; }

    [JsonIgnore]
    public required ReadOnlyMemory<byte> Der { get; init; }

    /// <summary>Subject and issuer are the same name.</summary>
    [JsonIgnore]
    public bool IsSelfIssued => Rules.SubjectName.Span.SequenceEqual(Rules.IssuerName.Span);

    public bool Equals(Certificate? other) => other is not null && Sha256 == other.Sha256;

    public override int GetHashCode() => Sha256.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => $"{Subject} (serial {Serial})";

    /// <summary>Reads a certificate; null when the bytes are none.</summary>
    public static Certificate? TryParse(ReadOnlyMemory<byte> der)
    {
        try
        {
            using var parsed = X509CertificateLoader.LoadCertificate(der.Span);
            var names = SubjectNames.Read(parsed);
            return new Certificate
            {
                Subject = parsed.SubjectName.Name,
                Issuer = parsed.IssuerName.Name,
                Serial = Convert.ToHexStringLower(parsed.SerialNumberBytes.Span),
                NotBefore = new DateTimeOffset(parsed.NotBefore.ToUniversalTime()),
                NotAfter = new DateTimeOffset(parsed.NotAfter.ToUniversalTime()),
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(der.Span)),
                DnsNames = names.Dns,
                IpAddresses = names.Ip,
                Uris = names.Uri,
                Key = PublicKeyFacts.Describe(parsed.PublicKey).Text,
                Rules = CertificateRules.Read(parsed),
                Der = der,
            };
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException or ArgumentException or FormatException)
        {
            return null;
        }
    }

    private sealed record SubjectNames(ValueList<string> Dns, ValueList<string> Ip, ValueList<string> Uri)
    {
        private static readonly Asn1Tag DnsTag = new(TagClass.ContextSpecific, 2);
        private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);
        private static readonly Asn1Tag IpTag = new(TagClass.ContextSpecific, 7);

        public static SubjectNames Read(X509Certificate2 certificate)
        {
            List<string> dns = [], ip = [], uri = [];
            if (certificate.Extensions["2.5.29.17"] is { } extension)
            {
                try
                {
                    var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                    while (names.HasData)
                    {
                        var tag = names.PeekTag();
                        if (tag == DnsTag) dns.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, DnsTag));
                        else if (tag == UriTag) uri.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag));
                        else if (tag == IpTag && names.ReadOctetString(IpTag) is { Length: 4 or 16 } bytes) ip.Add(new IPAddress(bytes).ToString());
                        else if (tag != IpTag) names.ReadEncodedValue();
                    }
                }
                catch (AsnContentException)
                {
                    // A malformed list ends here; the names read so far stand. The chain judge sees the rest as no match.
                }
            }

            return new SubjectNames(dns.ToValueList(), ip.ToValueList(), uri.ToValueList());
        }
    }
}
