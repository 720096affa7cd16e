using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;

namespace MtlsProbe.Demo;

/// <summary>The kinds of certificate in the demo, all with its organization.</summary>
internal static class DemoCertificates
{
    public static MintedCertificate Root(string name, ValidityPeriod validity) =>
        MintedCertificate.SelfSigned(CertificateTemplate.Authority(Subject(name), validity));

    public static MintedCertificate SelfSigned(string dnsName, ValidityPeriod validity) =>
        MintedCertificate.SelfSigned(CertificateTemplate.Server(Subject(dnsName), dnsName, validity));

    public static MintedCertificate IssueAuthority(this MintedCertificate issuer, string name, ValidityPeriod validity) =>
        issuer.Issue(CertificateTemplate.Authority(Subject(name), validity));

    /// <param name="rsaBits">The size of an RSA key, instead of the usual key.</param>
    public static MintedCertificate IssueServer(this MintedCertificate issuer, string dnsName, ValidityPeriod validity, int? rsaBits = null) =>
        issuer.Issue(CertificateTemplate.Server(Subject(dnsName), dnsName, validity), rsaBits is { } bits ? RSA.Create(bits) : null);

    public static MintedCertificate IssueMustStaple(this MintedCertificate issuer, string dnsName, ValidityPeriod validity) =>
        issuer.Issue(CertificateTemplate.Server(Subject(dnsName), dnsName, validity).MustStaple());

    public static MintedCertificate IssueClient(this MintedCertificate issuer, string name, ValidityPeriod validity) =>
        issuer.Issue(CertificateTemplate.Client(Subject(name), validity));

    /// <summary>The authority of a trust domain.</summary>
    public static MintedCertificate TrustDomain(string name, SpiffeId id, ValidityPeriod validity) =>
        MintedCertificate.SelfSigned(CertificateTemplate.Authority(Subject(name), validity).Of(id));

    /// <summary>An X509-SVID, for either side of a handshake.</summary>
    public static MintedCertificate IssueSvid(this MintedCertificate authority, SpiffeId id, ValidityPeriod validity) =>
        authority.Issue(CertificateTemplate.Svid(Subject(id.Path[1..]), id, validity));

    private static X500DistinguishedName Subject(string name) => new($"CN={name}, O=MtlsProbe demo");
}
