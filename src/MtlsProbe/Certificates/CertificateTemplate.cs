using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.Certificates;

/// <summary>The subject's part of a new certificate. Key, issuer and serial number come with the signature.</summary>
internal sealed record CertificateTemplate(X500DistinguishedName Subject, ValidityPeriod Validity, IReadOnlyList<X509Extension> Extensions)
{
    public static CertificateTemplate Authority(X500DistinguishedName subject, ValidityPeriod validity) => new(subject, validity,
    [
        Constraints(isAuthority: true),
        new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true),
    ]);

    public static CertificateTemplate Server(X500DistinguishedName subject, string dnsName, ValidityPeriod validity)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dnsName);
        return new(subject, validity, [Constraints(isAuthority: false), .. Usage(KeyPurposes.ServerAuth), names.Build()]);
    }

    /// <summary>The same with the requirement that its server staples an OCSP response (RFC 7633).</summary>
    public CertificateTemplate MustStaple() => this with { Extensions = [.. Extensions, new X509Extension("1.3.6.1.5.5.7.1.24", [0x30, 3, 2, 1, 5], critical: false)] };

    public static CertificateTemplate Client(X500DistinguishedName subject, ValidityPeriod validity) =>
        new(subject, validity, [Constraints(isAuthority: false), .. Usage(KeyPurposes.ClientAuth)]);

    /// <summary>The key signs handshakes, for this one of the <see cref="KeyPurposes"/>.</summary>
    public static IReadOnlyList<X509Extension> Usage(string purpose) =>
    [
        new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true),
        new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false),
    ];

    private static X509BasicConstraintsExtension Constraints(bool isAuthority) =>
        new(isAuthority, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true);
}

/// <summary>From when to when a certificate is valid, both ends included (RFC 5280 §4.1.2.5).</summary>
internal readonly record struct ValidityPeriod(DateTimeOffset NotBefore, DateTimeOffset NotAfter);
