using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>A certificate authority of the tests.</summary>
internal sealed class Authority
{
    private readonly Issued _self;
    private readonly CertificateRevocationListBuilder _revoked = new();

    // Tests of several classes mint at the same time; neither the builder of the list nor a key is made for that.
    private readonly Lock _gate = new();

    private Authority(Issued self) => _self = self;

    public X509Certificate2 Certificate => _self.Certificate;

    public string CertificatePem => _self.CertificatePem;

    public Issued Self => _self;

    public static Authority Root(string commonName, bool rsa = false) =>
        new(SelfSigned(CertificateTemplate.Authority(commonName) with { Rsa = rsa }));

    /// <summary>A certificate signed by its own key.</summary>
    public static Issued SelfSigned(CertificateTemplate template)
    {
        var (request, key) = Request(template);
        using var withKey = request.CreateSelfSigned(template.NotBefore, template.NotAfter);
        return new Issued(X509CertificateLoader.LoadCertificate(withKey.RawData), key, []);
    }

    public Authority Intermediate(string commonName) => Intermediate(commonName, Certificate.SubjectName);

    /// <param name="issuer">This authority's name as the certificate is to write it.</param>
    public Authority Intermediate(string commonName, X500DistinguishedName issuer) =>
        new(Issue(CertificateTemplate.Authority(commonName) with { Rsa = _self.Key is RSA }, issuer));

    public Issued Issue(CertificateTemplate template) => Issue(template, Certificate.SubjectName);

    /// <param name="issuer">This authority's name as the certificate is to write it.</param>
    public Issued Issue(CertificateTemplate template, X500DistinguishedName issuer)
    {
        var (request, key) = Request(template with { Rsa = template.Rsa || _self.Key is RSA });
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40); // positive and without a leading zero byte
        X509Certificate2 certificate;
        lock (_gate) certificate = request.Create(issuer, Generator(), template.NotBefore, template.NotAfter, serial);
        var issuers = _self.Issuers.Count == 0 && IsRoot ? (IReadOnlyList<Issued>)[] : [_self, .. _self.Issuers];
        return new Issued(certificate, key, issuers);
    }

    /// <summary>A certificate with these dates, as GeneralizedTimes that need not be well-formed.</summary>
    public Issued Issue(CertificateTemplate template, string notBefore, string notAfter)
    {
        var issued = Issue(template);
        return issued with { Certificate = X509CertificateLoader.LoadCertificate(Redated.By((ECDsa)_self.Key, issued.Certificate.RawData, notBefore, notAfter)) };
    }

    public void Revoke(Issued issued)
    {
        lock (_gate) _revoked.AddEntry(issued.Certificate);
    }

    /// <summary>The revocation list as PEM.</summary>
    public string RevocationListPem()
    {
        lock (_gate)
        {
            var list = _revoked.Build(
                Certificate.SubjectName,
                Generator(),
                crlNumber: 1,
                nextUpdate: DateTimeOffset.UtcNow.AddDays(30),
                HashAlgorithmName.SHA256,
                X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false),
                thisUpdate: DateTimeOffset.UtcNow.AddDays(-1));
            return PemEncoding.WriteString("X509 CRL", list) + "\n";
        }
    }

    private bool IsRoot => Certificate.SubjectName.RawData.AsSpan().SequenceEqual(Certificate.IssuerName.RawData);

    private X509SignatureGenerator Generator() => _self.Key switch
    {
        ECDsa ec => X509SignatureGenerator.CreateForECDsa(ec),
        RSA rsa => X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1),
        _ => throw new NotSupportedException(_self.Key.GetType().Name),
    };

    private static (CertificateRequest Request, AsymmetricAlgorithm Key) Request(CertificateTemplate template)
    {
        var name = new X500DistinguishedName($"CN={template.CommonName}, O=MtlsProbe tests");
        var (request, key) = template.Rsa ? Rsa(name) : Ec(name);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(template.IsAuthority, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(KeyUsage(template), critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (template.Usage is { } oid)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(oid)], critical: false));
        if (template.DnsNames.Count + template.Addresses.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var dns in template.DnsNames) names.AddDnsName(dns);
            foreach (var address in template.Addresses) names.AddIpAddress(address);
            request.CertificateExtensions.Add(names.Build());
        }

        return (request, key);
    }

    private static X509KeyUsageFlags KeyUsage(CertificateTemplate template) => template switch
    {
        { IsAuthority: true } => X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
        { Rsa: true } => X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment,
        _ => X509KeyUsageFlags.DigitalSignature,
    };

    private static (CertificateRequest Request, AsymmetricAlgorithm Key) Ec(X500DistinguishedName name)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return (new CertificateRequest(name, key, HashAlgorithmName.SHA256), key);
    }

    private static (CertificateRequest Request, AsymmetricAlgorithm Key) Rsa(X500DistinguishedName name)
    {
        var key = RSA.Create(2048);
        return (new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), key);
    }
}
