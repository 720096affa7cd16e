using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;

namespace MtlsProbe.Minting;

/// <summary>
/// A certificate and its private key, with any fault of its template. It is only for tests; the product has only the certificates that it issues
/// itself, <see cref="MintedCertificate"/>.
/// </summary>
internal sealed class TestCertificate(TestTemplate template, byte[] der, AsymmetricAlgorithm key)
{
    private readonly MintedCertificate _minted = new(der, key);
    private readonly Lazy<Certificate> _certificate = new(() => Certificate.TryParse(der) ?? throw new InvalidOperationException("does not parse"));
    private readonly Lazy<X509Certificate2> _bare = new(() => X509CertificateLoader.LoadCertificate(der));
    private readonly Lazy<X509Certificate2> _paired = new(() =>
    {
        using var bare = X509CertificateLoader.LoadCertificate(der);
        return key is RSA rsa ? bare.CopyWithPrivateKey(rsa) : bare.CopyWithPrivateKey((ECDsa)key);
    });

    public TestTemplate Template => template;

    public byte[] Der => der;

    public AsymmetricAlgorithm Key => key;

    /// <summary>As the product parses it.</summary>
    public Certificate Certificate => _certificate.Value;

    /// <summary>With its private key; the base class library refuses some odd certificates here.</summary>
    public X509Certificate2 X509 => _paired.Value;

    /// <summary>Without its private key.</summary>
    public X509Certificate2 Bare => _bare.Value;

    public string CertificatePem => _minted.CertificatePem;

    /// <summary>PKCS#8, not encrypted.</summary>
    public string KeyPem => _minted.KeyPem;

    public static TestCertificate SelfSigned(TestTemplate template) => Mint(template, null);

    public TestCertificate Issue(TestTemplate template) => Mint(template, this);

    private static TestCertificate Mint(TestTemplate template, TestCertificate? issuer)
    {
        var key = template.Key ?? template.KeyKind.Create();
        var subject = template.SubjectDer is { } der ? new X500DistinguishedName(der) : new X500DistinguishedName(template.Subject);
        var issuerName = template.IssuerDer is { } name ? new X500DistinguishedName(name) : issuer?.Bare.SubjectName ?? subject;
        var signer = new TestSigner(issuer?.Key ?? key, template.Hash);
        var minted = MintedCertificate.Sign(
            new CertificateTemplate(subject, new(template.NotBefore, template.NotAfter), [.. template.Extensions(key, issuer)]),
            key, issuerName, signer, template.Serial ?? MintedCertificate.NewSerial());
        var bytes = template.Dates is { } dates ? Redated.By(signer, minted.Der, dates) : minted.Der.ToArray();
        if (template.BreakSignature) bytes[^1] ^= 1;
        return new TestCertificate(template, bytes, key);
    }
}
