using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>A certificate authority of the tests. Certificates that it issues know the chain above them. It can also revoke.</summary>
internal sealed class Authority
{
    private readonly IReadOnlyList<Issued> _issuers;
    private readonly CertificateRevocationListBuilder _revoked = new();

    // Tests of several classes issue at the same time; neither the builder of the list nor a key supports that.
    private readonly Lock _gate = new();

    /// <param name="issuers">The issuers of its certificates: itself and those above it, without the root.</param>
    private Authority(Issued self, IReadOnlyList<Issued> issuers) => (Self, _issuers) = (self, issuers);

    public Issued Self { get; }

    public X509Certificate2 Certificate => Self.Certificate;

    public string CertificatePem => Self.CertificatePem;

    public static Authority Root(string commonName) => new(SelfSigned(Template.Authority(commonName)), []);

    /// <summary>A certificate signed by its own key.</summary>
    public static Issued SelfSigned(TestTemplate template) => new(TestCertificate.SelfSigned(template), []);

    public Authority Intermediate(string commonName) => Intermediate(Template.Authority(commonName));

    public Authority Intermediate(TestTemplate template)
    {
        var self = Issue(template);
        return new Authority(self, [self, .. self.Issuers]);
    }

    public Issued Issue(TestTemplate template)
    {
        lock (_gate) return new Issued(Self.Minted.Issue(template), _issuers);
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
            var now = DateTimeOffset.UtcNow;
            var list = _revoked.Build(Self.WithKey, crlNumber: 1, nextUpdate: now.AddDays(30), HashAlgorithmName.SHA256, thisUpdate: now.AddDays(-1));
            return PemEncoding.WriteString("X509 CRL", list) + "\n";
        }
    }
}
