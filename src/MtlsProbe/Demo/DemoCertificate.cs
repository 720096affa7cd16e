using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Demo;

/// <summary>A certificate made in memory together with its private key (ECDSA P-256 unless said otherwise), and what it can issue.</summary>
internal sealed class DemoCertificate
{
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1"; // RFC 5280 §4.2.1.12
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    private readonly X500DistinguishedName _name;
    private readonly AsymmetricAlgorithm _key;

    private DemoCertificate(X500DistinguishedName name, AsymmetricAlgorithm key, byte[] der) => (_name, _key, Der) = (name, key, der);

    public ReadOnlyMemory<byte> Der { get; }

    public string CertificatePem => PemEncoding.WriteString("CERTIFICATE", Der.Span) + "\n";

    /// <summary>PKCS#8, not encrypted.</summary>
    public string KeyPem => _key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>The key for a server to use.</summary>
    public PrivateKey LoadKey() =>
        PrivateKey.FromPem(Encoding.ASCII.GetBytes(KeyPem), []).Key ?? throw new CryptographicException("libcrypto does not read the key just made");

    public static DemoCertificate Root(string name, Validity validity) => Mint(null, name, NewKey(), validity, Authority());

    public static DemoCertificate SelfSigned(string dnsName, Validity validity) => Mint(null, dnsName, NewKey(), validity, Server(dnsName));

    public DemoCertificate IssueAuthority(string name, Validity validity) => Mint(this, name, NewKey(), validity, Authority());

    /// <param name="rsaBits">Of an RSA key in place of the usual one.</param>
    public DemoCertificate IssueServer(string dnsName, Validity validity, int? rsaBits = null) =>
        Mint(this, dnsName, rsaBits is { } bits ? RSA.Create(bits) : NewKey(), validity, Server(dnsName));

    public DemoCertificate IssueClient(string name, Validity validity) => Mint(this, name, NewKey(), validity, Leaf(ClientAuth));

    private static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static DemoCertificate Mint(
        DemoCertificate? issuer, string name, AsymmetricAlgorithm key, Validity validity, IEnumerable<X509Extension> extensions)
    {
        var subject = new X500DistinguishedName($"CN={name}, O=MtlsProbe demo");
        var publicKey = key is RSA rsa ? new PublicKey(rsa) : new PublicKey((ECDsa)key);
        var request = new CertificateRequest(subject, publicKey, HashAlgorithmName.SHA256);
        foreach (var extension in extensions) request.CertificateExtensions.Add(extension);
        var generator = X509SignatureGenerator.CreateForECDsa((ECDsa)(issuer ?? new DemoCertificate(subject, key, []))._key);
        using var certificate = request.Create(issuer?._name ?? subject, generator, validity.NotBefore, validity.NotAfter, NewSerial());
        return new DemoCertificate(subject, key, certificate.RawData);
    }

    /// <summary>Random, positive, of full length (RFC 5280 §4.1.2.2).</summary>
    private static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3f) | 0x40);
        return serial;
    }

    private static IEnumerable<X509Extension> Authority() =>
    [
        new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true),
        new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true),
    ];

    private static IEnumerable<X509Extension> Server(string dnsName)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dnsName);
        return [.. Leaf(ServerAuth), names.Build()];
    }

    private static IEnumerable<X509Extension> Leaf(string purpose) =>
    [
        new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true),
        new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true),
        new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false),
    ];
}

/// <summary>From when to when a certificate is valid.</summary>
internal readonly record struct Validity(DateTimeOffset NotBefore, DateTimeOffset NotAfter);
