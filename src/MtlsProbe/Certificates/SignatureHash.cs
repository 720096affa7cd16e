using System.Formats.Asn1;

namespace MtlsProbe.Certificates;

/// <summary>The hash function of a signature algorithm.</summary>
internal static class SignatureHash
{
    public const string Md2 = "MD2";
    public const string Md4 = "MD4";
    public const string Md5 = "MD5";
    public const string Sha1 = "SHA-1";
    public const string Sha224 = "SHA-224";
    public const string Sha256 = "SHA-256";
    public const string Sha384 = "SHA-384";
    public const string Sha512 = "SHA-512";

    /// <summary>Null if the algorithm has no separate hash (Ed25519), or is unknown.</summary>
    /// <param name="algorithm">DER of an AlgorithmIdentifier.</param>
    public static string? Of(ReadOnlyMemory<byte> algorithm)
    {
        try
        {
            var identifier = new AsnReader(algorithm, CertificateFields.Encoding).ReadSequence();
            return identifier.ReadObjectIdentifier() switch
            {
                "1.2.840.113549.1.1.2" => Md2,
                "1.2.840.113549.1.1.3" => Md4,
                "1.2.840.113549.1.1.4" => Md5,
                "1.2.840.113549.1.1.5" or "1.2.840.10045.4.1" or "1.2.840.10040.4.3" or "1.3.14.3.2.29" or "1.3.14.3.2.27" => Sha1,
                "1.2.840.113549.1.1.14" or "1.2.840.10045.4.3.1" or "2.16.840.1.101.3.4.3.1" => Sha224,
                "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" or "2.16.840.1.101.3.4.3.2" => Sha256,
                "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => Sha384,
                "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => Sha512,
                "1.2.840.113549.1.1.10" => OfPss(identifier),
                _ => null,
            };
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>RSASSA-PSS has its hash in the parameters; the default is SHA-1 (RFC 4055 §3.1).</summary>
    private static string? OfPss(AsnReader identifier)
    {
        var hashTag = new Asn1Tag(TagClass.ContextSpecific, 0);
        if (!identifier.HasData || identifier.PeekTag() != Asn1Tag.Sequence) return Sha1;
        var parameters = identifier.ReadSequence();
        if (!parameters.HasData || !parameters.PeekTag().HasSameClassAndValue(hashTag)) return Sha1;
        return parameters.ReadSequence(hashTag).ReadSequence().ReadObjectIdentifier() switch
        {
            "1.2.840.113549.2.5" => Md5,
            "1.3.14.3.2.26" => Sha1,
            "2.16.840.1.101.3.4.2.4" => Sha224,
            "2.16.840.1.101.3.4.2.1" => Sha256,
            "2.16.840.1.101.3.4.2.2" => Sha384,
            "2.16.840.1.101.3.4.2.3" => Sha512,
            _ => null,
        };
    }
}
