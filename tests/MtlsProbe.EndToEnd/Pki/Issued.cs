using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>A certificate with its private key, and the issuers without the root.</summary>
internal sealed record Issued(TestCertificate Minted, IReadOnlyList<Issued> Issuers)
{
    public X509Certificate2 Certificate => Minted.Bare;

    public AsymmetricAlgorithm Key => Minted.Key;

    /// <summary>Lower-case hex as openssl prints it: without the zero byte that keeps a large number positive in DER.</summary>
    public string Serial => Convert.ToHexStringLower(Certificate.SerialNumberBytes.Span.TrimStart((byte)0));

    public DateTimeOffset NotAfter => new(Certificate.NotAfter.ToUniversalTime());

    public string CertificatePem => Minted.CertificatePem;

    /// <summary>The leaf, then its issuers in order.</summary>
    public string ChainPem => CertificatePem + string.Concat(Issuers.Select(issuer => issuer.CertificatePem));

    public string KeyPem => Minted.KeyPem;

    public string EncryptedKeyPem(string passphrase) => Key.ExportEncryptedPkcs8PrivateKeyPem(passphrase, Encryption) + "\n";

    public byte[] Pkcs12(string passphrase)
    {
        var collection = new X509Certificate2Collection((X509Certificate2[])[WithKey, .. Issuers.Select(issuer => issuer.Certificate)]);
        return collection.Export(X509ContentType.Pkcs12, passphrase)!;
    }

    /// <summary>The certificate with its key attached, for servers inside the test process.</summary>
    public X509Certificate2 WithKey => Minted.X509;

    /// <summary>The lines of the private key between the PEM markers; none of them may occur in any output.</summary>
    public IEnumerable<string> SecretLines => KeyPem.Split('\n').Where(line => line.Length > 20 && !line.StartsWith('-'));

    private static PbeParameters Encryption => new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000);
}
