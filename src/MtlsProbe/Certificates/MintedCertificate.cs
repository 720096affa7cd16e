using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.Certificates;

/// <summary>A certificate created in this process, together with its private key.</summary>
internal sealed record MintedCertificate(ReadOnlyMemory<byte> Der, AsymmetricAlgorithm Key)
{
    public string CertificatePem => PemEncoding.WriteString("CERTIFICATE", Der.Span) + "\n";

    /// <summary>PKCS#8, unencrypted.</summary>
    public string KeyPem => Key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>Signed with its own key, a new one on P-256.</summary>
    public static MintedCertificate SelfSigned(CertificateTemplate template)
    {
        var key = NewKey();
        return Sign(template, key, template.Subject, X509SignatureGenerator.CreateForECDsa(key), NewSerial());
    }

    /// <summary>Signs a certificate with the key of this one, which must be an ECDSA key.</summary>
    /// <param name="key">The key of the new certificate; null: a new one on P-256.</param>
    public MintedCertificate Issue(CertificateTemplate template, AsymmetricAlgorithm? key = null)
    {
        using var own = X509CertificateLoader.LoadCertificate(Der.Span);
        return Sign(template, key ?? NewKey(), own.SubjectName, X509SignatureGenerator.CreateForECDsa((ECDsa)Key), NewSerial());
    }

    /// <summary>Makes every certificate of the program and of its tests.</summary>
    /// <param name="key">The key of the new certificate: RSA or ECDSA.</param>
    /// <param name="issuer">The issuer name of the new certificate.</param>
    /// <param name="signature">The signature, by the issuer's key.</param>
    /// <param name="serial">Content octets of the INTEGER.</param>
    public static MintedCertificate Sign(
        CertificateTemplate template, AsymmetricAlgorithm key, X500DistinguishedName issuer, X509SignatureGenerator signature, ReadOnlySpan<byte> serial)
    {
        var request = new CertificateRequest(template.Subject, PublicKeyOf(key), HashAlgorithmName.SHA256);
        foreach (var extension in template.Extensions) request.CertificateExtensions.Add(extension);
        using var certificate = request.Create(issuer, signature, template.Validity.NotBefore, template.Validity.NotAfter, serial);
        return new MintedCertificate(certificate.RawData, key);
    }

    public static PublicKey PublicKeyOf(AsymmetricAlgorithm key) => key is RSA rsa ? new PublicKey(rsa) : new PublicKey((ECDsa)key);

    /// <summary>Random, positive and of full length (RFC 5280 §4.1.2.2).</summary>
    public static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3f) | 0x40);
        return serial;
    }

    private static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);
}
