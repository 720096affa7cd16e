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
internal sealed class Pki : IDisposable
{
    public const string ServerName = "server.test";

    private const string Server = "1.3.6.1.5.5.7.3.1"; // the extended key usage

    private readonly string _directory;
    private readonly AsymmetricAlgorithm _issuerKey;
    private readonly X509Certificate2 _issuer;

    public Pki(string directory, KeyKind kind)
    {
        _directory = Directory.CreateDirectory(directory).FullName;
        using var rootKey = NewKey(kind);
        _issuerKey = NewKey(kind);
        using var root = Authority("CN=Benchmark Root", rootKey, null, null);
        _issuer = Authority("CN=Benchmark Issuer", _issuerKey, root, rootKey);
        File.WriteAllText(Root, root.ExportCertificatePem() + "\n");
        using (var key = NewKey(kind)) Leaf(ServerName, Server, key, 89, ServerCertificate, ServerKey);
        using (var key = NewKey(kind)) Leaf("client", "1.3.6.1.5.5.7.3.2", key, 89, ClientCertificate, ClientKey);
    }

    /// <summary>The folder of <see cref="IssueServers"/>.</summary>
    public string Servers => Path.Combine(_directory, "servers");

    public string Root => Path.Combine(_directory, "root.crt");

    public string ServerCertificate => Path.Combine(_directory, "server.crt");

    public string ServerKey => Path.Combine(_directory, "server.key");

    public string ClientCertificate => Path.Combine(_directory, "client.crt");

    public string ClientKey => Path.Combine(_directory, "client.key");

    public void Dispose()
    {
        _issuer.Dispose();
        _issuerKey.Dispose();
    }

    /// <summary>
    /// A certificate for each of these names, in the file <c>NAME.crt</c>: all with the key of <see cref="ServerKey"/>, and as in real
    /// life with ends that lie apart.
    /// </summary>
    public void IssueServers(IEnumerable<string> names)
    {
        Directory.CreateDirectory(Servers);
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(ServerKey));
        foreach (var (i, name) in names.Index()) Leaf(name, Server, key, 1 + (i % 89), Path.Combine(Servers, $"{name}.crt"), null);
    }

    private static AsymmetricAlgorithm NewKey(KeyKind kind) =>
        kind == KeyKind.Rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static X509Certificate2 Authority(string name, AsymmetricAlgorithm key, X509Certificate2? issuer, AsymmetricAlgorithm? issuerKey)
    {
        var request = Request(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return Sign(request, issuer, issuerKey ?? key);
    }

    private void Leaf(string name, string usage, AsymmetricAlgorithm key, int days, string certificateFile, string? keyFile)
    {
        var request = Request("CN=" + name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var leaf = Sign(request, _issuer, _issuerKey, days);
        File.WriteAllText(certificateFile, leaf.ExportCertificatePem() + "\n" + _issuer.ExportCertificatePem() + "\n");
        if (keyFile is not null) File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
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
    private static X509Certificate2 Sign(CertificateRequest request, X509Certificate2? issuer, AsymmetricAlgorithm key, int days = 89)
    {
        if (issuer is not null)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        var signer = key is RSA rsa
            ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
            : X509SignatureGenerator.CreateForECDsa((ECDsa)key);
        var now = DateTimeOffset.UtcNow;
        return request.Create(issuer?.SubjectName ?? request.SubjectName, signer, now.AddDays(-1), now.AddDays(days), RandomNumberGenerator.GetBytes(8));
    }
}
