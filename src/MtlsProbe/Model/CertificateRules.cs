using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.Model;

/// <summary>The fields of a certificate that path validation reads (RFC 5280 §6).</summary>
internal sealed record CertificateRules
{
    /// <summary>DER of the subject name.</summary>
    public required ReadOnlyMemory<byte> SubjectName { get; init; }

    /// <summary>DER of the issuer name.</summary>
    public required ReadOnlyMemory<byte> IssuerName { get; init; }

    /// <summary>DER of the subject's public key with its algorithm.</summary>
    public required ReadOnlyMemory<byte> PublicKeyInfo { get; init; }

    /// <summary>Empty where the certificate has none.</summary>
    public ReadOnlyMemory<byte> SubjectKeyIdentifier { get; init; }

    /// <summary>Empty where the certificate has none.</summary>
    public ReadOnlyMemory<byte> AuthorityKeyIdentifier { get; init; }

    /// <summary>Object identifier of the signature algorithm.</summary>
    public required string SignatureAlgorithm { get; init; }

    /// <summary>Bits of an RSA modulus or of an EC field; null for other kinds of key.</summary>
    public required PublicKeyFacts PublicKey { get; init; }

    /// <summary>Null where the certificate has no basic constraints.</summary>
    public bool? IsCertificateAuthority { get; init; }

    public int? PathLength { get; init; }

    /// <summary>Null where the certificate does not restrict it.</summary>
    public X509KeyUsageFlags? KeyUsage { get; init; }

    /// <summary>Object identifiers; null where the certificate does not restrict it.</summary>
    public ValueList<string>? ExtendedKeyUsage { get; init; }

    /// <summary>DER of the name constraints extension; empty where the certificate has none.</summary>
    public ReadOnlyMemory<byte> NameConstraints { get; init; }

    /// <summary>Object identifiers of critical extensions that these rules do not know.</summary>
    public ValueList<string> UnknownCriticalExtensions { get; init; } = [];

    /// <summary>Object identifiers of extensions whose content is not what its type says.</summary>
    public ValueList<string> MalformedExtensions { get; init; } = [];

    public static CertificateRules Read(X509Certificate2 certificate)
    {
        var rules = new CertificateRules
        {
            SubjectName = certificate.SubjectName.RawData,
            IssuerName = certificate.IssuerName.RawData,
            PublicKeyInfo = certificate.PublicKey.ExportSubjectPublicKeyInfo(),
            SignatureAlgorithm = certificate.SignatureAlgorithm.Value ?? "",
            PublicKey = PublicKeyFacts.Describe(certificate.PublicKey),
        };
        List<string> unknown = [], malformed = [];
        foreach (var extension in certificate.Extensions)
        {
            var oid = extension.Oid?.Value ?? "";
            try
            {
                switch (extension)
                {
                    case X509BasicConstraintsExtension basic:
                        rules = rules with
                        {
                            IsCertificateAuthority = basic.CertificateAuthority,
                            PathLength = basic.HasPathLengthConstraint ? basic.PathLengthConstraint : null,
                        };
                        break;
                    case X509KeyUsageExtension usage:
                        rules = rules with { KeyUsage = usage.KeyUsages };
                        break;
                    case X509EnhancedKeyUsageExtension usage:
                        rules = rules with { ExtendedKeyUsage = usage.EnhancedKeyUsages.Cast<Oid>().Select(o => o.Value ?? "").ToValueList() };
                        break;
                    case X509SubjectKeyIdentifierExtension identifier:
                        rules = rules with { SubjectKeyIdentifier = identifier.SubjectKeyIdentifierBytes };
                        break;
                    case X509AuthorityKeyIdentifierExtension identifier:
                        rules = rules with { AuthorityKeyIdentifier = identifier.KeyIdentifier ?? default };
                        break;
                    default:
                        if (oid == "2.5.29.30") rules = rules with { NameConstraints = extension.RawData };
                        else if (extension.Critical && oid is not ("2.5.29.17" or "2.5.29.32")) unknown.Add(oid); // SAN, certificate policies
                        break;
                }
            }
            catch (Exception e) when (e is CryptographicException or AsnContentException)
            {
                malformed.Add(oid);
            }
        }

        return rules with { UnknownCriticalExtensions = unknown.ToValueList(), MalformedExtensions = malformed.ToValueList() };
    }
}

/// <summary>Kind and strength of a public key.</summary>
/// <param name="Text"><c>RSA 2048</c>, <c>EC P-256</c>, <c>Ed25519</c>, or the object identifier.</param>
/// <param name="RsaBits">Modulus size; null when it is no RSA key.</param>
/// <param name="EcBits">Field size; null when it is no EC key on a known curve.</param>
internal sealed record PublicKeyFacts(string Text, int? RsaBits, int? EcBits)
{
    public static PublicKeyFacts Describe(PublicKey key)
    {
        switch (key.Oid.Value)
        {
            case "1.2.840.113549.1.1.1" or "1.2.840.113549.1.1.10": // rsaEncryption, RSASSA-PSS
                var modulus = new AsnReader(key.EncodedKeyValue.RawData, AsnEncodingRules.DER).ReadSequence().ReadIntegerBytes().Span.TrimStart((byte)0);
                var bits = modulus.IsEmpty ? 0 : (modulus.Length * 8) - System.Numerics.BitOperations.LeadingZeroCount(modulus[0]) + 24;
                return new PublicKeyFacts($"RSA {bits}", bits, null);
            case "1.2.840.10045.2.1":
                return Curve(key.EncodedParameters?.RawData);
            case "1.3.101.112":
                return new PublicKeyFacts("Ed25519", null, null);
            case "1.3.101.113":
                return new PublicKeyFacts("Ed448", null, null);
            default:
                return new PublicKeyFacts(key.Oid.Value ?? "unknown", null, null);
        }
    }

    private static PublicKeyFacts Curve(byte[]? parameters)
    {
        if (parameters is null || new AsnReader(parameters, AsnEncodingRules.DER) is not { } reader || reader.PeekTag() != Asn1Tag.ObjectIdentifier)
            return new PublicKeyFacts("EC explicit parameters", null, null);
        var oid = reader.ReadObjectIdentifier();
        return oid switch
        {
            "1.2.840.10045.3.1.1" => new PublicKeyFacts("EC P-192", null, 192),
            "1.3.132.0.33" => new PublicKeyFacts("EC P-224", null, 224),
            "1.2.840.10045.3.1.7" => new PublicKeyFacts("EC P-256", null, 256),
            "1.3.132.0.34" => new PublicKeyFacts("EC P-384", null, 384),
            "1.3.132.0.35" => new PublicKeyFacts("EC P-521", null, 521),
            "1.3.132.0.10" => new PublicKeyFacts("EC secp256k1", null, 256),
            "1.3.36.3.3.2.8.1.1.7" => new PublicKeyFacts("EC brainpoolP256r1", null, 256),
            "1.3.36.3.3.2.8.1.1.11" => new PublicKeyFacts("EC brainpoolP384r1", null, 384),
            "1.3.36.3.3.2.8.1.1.13" => new PublicKeyFacts("EC brainpoolP512r1", null, 512),
            _ => new PublicKeyFacts($"EC {oid}", null, null),
        };
    }
}
