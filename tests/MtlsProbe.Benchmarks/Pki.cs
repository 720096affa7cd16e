using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.Benchmarks;

/// <summary>The kind of every key of a PKI.</summary>
internal enum KeyKind
{
    /// <summary>ECDSA on P-256.</summary>
    Ecdsa,

    /// <summary>RSA with 2048 bits.</summary>
    Rsa,
}

/// <summary>
/// A root, an intermediate, a server and a client, as PEM files. Certificates and chains as they are met in real life: leaf and
/// intermediate are sent, the root is the trust anchor.
/// </summary>
internal sealed class Pki
{
    public const string ServerName = "server.test";

    private readonly string _directory;

    public Pki(string directory, KeyKind kind)
    {
        _directory = Directory.CreateDirectory(directory).FullName;
        using var rootKey = NewKey(kind);
        using var issuerKey = NewKey(kind);
        using var root = Authority("CN=Benchmark Root", rootKey, null, null);
        using var issuer = Authority("CN=Benchmark Issuer", issuerKey, root, rootKey);
        File.WriteAllText(Root, root.ExportCertificatePem() + "\n");
        Leaf(ServerName, "1.3.6.1.5.5.7.3.1", kind, issuer, issuerKey, ServerCertificate, ServerKey);
        Leaf("client", "1.3.6.1.5.5.7.3.2", kind, issuer, issuerKey, ClientCertificate, ClientKey);
    }

    public string Root => Path.Combine(_directory, "root.crt");

    public string ServerCertificate => Path.Combine(_directory, "server.crt");

    public string ServerKey => Path.Combine(_directory, "server.key");

    public string ClientCertificate => Path.Combine(_directory, "client.crt");

    public string ClientKey => Path.Combine(_directory, "client.key");

    private static AsymmetricAlgorithm NewKey(KeyKind kind) =>
        kind == KeyKind.Rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static X509Certificate2 Authority(string name, AsymmetricAlgorithm key, X509Certificate2? issuer, AsymmetricAlgorithm? issuerKey)
    {
        var request = Request(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return Sign(request, issuer, issuerKey ?? key);
    }

    private static void Leaf(
        string name, string usage, KeyKind kind, X509Certificate2 issuer, AsymmetricAlgorithm issuerKey, string certificateFile, string keyFile)
    {
        using var key = NewKey(kind);
        var request = Request("CN=" + name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var leaf = Sign(request, issuer, issuerKey);
        File.WriteAllText(certificateFile, leaf.ExportCertificatePem() + "\n" + issuer.ExportCertificatePem() + "\n");
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private static CertificateRequest Request(string name, AsymmetricAlgorithm key)
    {
        var subject = new X500DistinguishedName(name);
        var request = key is RSA rsa
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    /// <param name="issuer">Null: self-signed.</param>
    private static X509Certificate2 Sign(CertificateRequest request, X509Certificate2? issuer, AsymmetricAlgorithm key)
    {
        if (issuer is not null)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        var signer = key is RSA rsa
            ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
            : X509SignatureGenerator.CreateForECDsa((ECDsa)key);
        var now = DateTimeOffset.UtcNow;
        return request.Create(issuer?.SubjectName ?? request.SubjectName, signer, now.AddDays(-1), now.AddDays(89), RandomNumberGenerator.GetBytes(8));
    }
}
