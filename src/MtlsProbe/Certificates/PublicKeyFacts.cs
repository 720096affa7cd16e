using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Numerics;

namespace MtlsProbe.Certificates;

/// <summary>Kind and strength of a public key.</summary>
/// <param name="Text"><c>RSA 2048</c>, <c>EC P-256</c>, <c>Ed25519</c>, or the object identifier.</param>
/// <param name="RsaBits">Modulus size; null if it is not an RSA key.</param>
/// <param name="EcBits">Field size; null if it is not an EC key, or the size is not known.</param>
internal sealed record PublicKeyFacts(string Text, int? RsaBits, int? EcBits)
{
    /// <summary>Maximum number of kinds of keys that are kept once. There are two dozen in practice, with short texts.</summary>
    private const int MostUsual = 256;

    private const int LongestUsual = 32;

    private static readonly ConcurrentDictionary<PublicKeyFacts, PublicKeyFacts> s_usual = new();

    /// <param name="publicKeyInfo">DER of a SubjectPublicKeyInfo. An unusual one results in a text without a size.</param>
    public static PublicKeyFacts Read(ReadOnlyMemory<byte> publicKeyInfo)
    {
        var read = ReadNew(publicKeyInfo);
        if (s_usual.TryGetValue(read, out var known)) return known;
        return read.Text.Length <= LongestUsual && s_usual.Count < MostUsual ? s_usual.GetOrAdd(read, read) : read;
    }

    private static PublicKeyFacts ReadNew(ReadOnlyMemory<byte> publicKeyInfo)
    {
        var algorithm = "unreadable";
        try
        {
            var info = new AsnReader(publicKeyInfo, CertificateFields.Encoding).ReadSequence();
            var identifier = info.ReadSequence();
            algorithm = identifier.ReadObjectIdentifier();
            return algorithm switch
            {
                "1.2.840.113549.1.1.1" => Rsa("RSA", info),
                "1.2.840.113549.1.1.10" => Rsa("RSA-PSS", info),
                "1.2.840.10045.2.1" => Curve(identifier),
                "1.3.101.112" => new("Ed25519", null, null),
                "1.3.101.113" => new("Ed448", null, null),
                "1.2.840.10040.4.1" => new("DSA", null, null),
                "2.16.840.1.101.3.4.3.17" => new("ML-DSA-44", null, null),
                "2.16.840.1.101.3.4.3.18" => new("ML-DSA-65", null, null),
                "2.16.840.1.101.3.4.3.19" => new("ML-DSA-87", null, null),
                _ => new(DistinguishedName.Visible(algorithm), null, null),
            };
        }
        catch (AsnContentException)
        {
            return new(algorithm switch
            {
                "1.2.840.113549.1.1.1" or "1.2.840.113549.1.1.10" => "RSA unreadable",
                "1.2.840.10045.2.1" => "EC unreadable",
                _ => "unreadable",
            }, null, null);
        }
    }

    private static PublicKeyFacts Rsa(string kind, AsnReader info)
    {
        var key = new AsnReader(info.ReadBitString(out _), CertificateFields.Encoding).ReadSequence();
        var modulus = key.ReadIntegerBytes().Span.TrimStart((byte)0);
        var bits = modulus.IsEmpty ? 0 : (modulus.Length * 8) - (BitOperations.LeadingZeroCount(modulus[0]) - 24);
        return new(FormattableString.Invariant($"{kind} {bits}"), bits, null);
    }

    private static PublicKeyFacts Curve(AsnReader identifier)
    {
        if (!identifier.HasData || identifier.PeekTag() != Asn1Tag.ObjectIdentifier) return Explicit(identifier);
        var curve = identifier.ReadObjectIdentifier();
        return curve switch
        {
            "1.2.840.10045.3.1.1" => new("EC P-192", null, 192),
            "1.3.132.0.33" => new("EC P-224", null, 224),
            "1.2.840.10045.3.1.7" => new("EC P-256", null, 256),
            "1.3.132.0.34" => new("EC P-384", null, 384),
            "1.3.132.0.35" => new("EC P-521", null, 521),
            "1.3.132.0.8" => new("EC secp160r1", null, 160),
            "1.3.132.0.9" => new("EC secp160k1", null, 160),
            "1.3.132.0.30" => new("EC secp160r2", null, 160),
            "1.3.132.0.31" => new("EC secp192k1", null, 192),
            "1.3.132.0.32" => new("EC secp224k1", null, 224),
            "1.3.132.0.10" => new("EC secp256k1", null, 256),
            "1.3.36.3.3.2.8.1.1.1" => new("EC brainpoolP160r1", null, 160),
            "1.3.36.3.3.2.8.1.1.3" => new("EC brainpoolP192r1", null, 192),
            "1.3.36.3.3.2.8.1.1.5" => new("EC brainpoolP224r1", null, 224),
            "1.3.36.3.3.2.8.1.1.7" => new("EC brainpoolP256r1", null, 256),
            "1.3.36.3.3.2.8.1.1.9" => new("EC brainpoolP320r1", null, 320),
            "1.3.36.3.3.2.8.1.1.11" => new("EC brainpoolP384r1", null, 384),
            "1.3.36.3.3.2.8.1.1.13" => new("EC brainpoolP512r1", null, 512),
            _ => new($"EC {DistinguishedName.Visible(curve)}", null, null),
        };
    }

    /// <summary>ECParameters (RFC 3279 §2.3.5) over a prime field have a size; other fields get none.</summary>
    private static PublicKeyFacts Explicit(AsnReader identifier)
    {
        const string text = "EC explicit parameters";
        if (!identifier.HasData || identifier.PeekTag() != Asn1Tag.Sequence) return new(text, null, null);
        var parameters = identifier.ReadSequence();
        parameters.ReadIntegerBytes();
        var field = parameters.ReadSequence();
        if (field.ReadObjectIdentifier() != "1.2.840.10045.1.1") return new(text, null, null);
        var prime = field.ReadIntegerBytes().Span.TrimStart((byte)0);
        return new(text, null, prime.IsEmpty ? 0 : (prime.Length * 8) - (BitOperations.LeadingZeroCount(prime[0]) - 24));
    }
}
