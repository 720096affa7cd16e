using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;

namespace MtlsProbe.Minting;

/// <summary>Also signs with SHA-1 and MD5, which the base class library's generators refuse.</summary>
internal sealed class TestSigner(AsymmetricAlgorithm key, HashAlgorithmName hash) : X509SignatureGenerator
{
    public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier((key, hash.Name) switch
            {
                (RSA, "MD5") => "1.2.840.113549.1.1.4",
                (RSA, "SHA1") => "1.2.840.113549.1.1.5",
                (RSA, "SHA256") => "1.2.840.113549.1.1.11",
                (RSA, "SHA384") => "1.2.840.113549.1.1.12",
                (RSA, "SHA512") => "1.2.840.113549.1.1.13",
                (ECDsa, "SHA1") => "1.2.840.10045.4.1",
                (ECDsa, "SHA256") => "1.2.840.10045.4.3.2",
                (ECDsa, "SHA384") => "1.2.840.10045.4.3.3",
                (ECDsa, "SHA512") => "1.2.840.10045.4.3.4",
                _ => throw new NotSupportedException($"{key} with {hash}"),
            });
            if (key is RSA) writer.WriteNull();
        }

        return writer.Encode();
    }

    public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key switch
    {
        RSA rsa => rsa.SignData(data, hash, RSASignaturePadding.Pkcs1),
        ECDsa ec => ec.SignData(data, hash, DSASignatureFormat.Rfc3279DerSequence),
        _ => throw new NotSupportedException(key.ToString()),
    };

    protected override PublicKey BuildPublicKey() => MintedCertificate.PublicKeyOf(key);
}
