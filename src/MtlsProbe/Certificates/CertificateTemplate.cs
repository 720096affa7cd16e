using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.Certificates;

/// <summary>The data about the subject for a new certificate. Key, issuer and serial number are added when it is signed.</summary>
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

    /// <summary>The same, with the requirement that its server staples an OCSP response (RFC 7633).</summary>
    public CertificateTemplate MustStaple() => this with { Extensions = [.. Extensions, new X509Extension("1.3.6.1.5.5.7.1.24", [0x30, 3, 2, 1, 5], critical: false)] };

    public static CertificateTemplate Client(X500DistinguishedName subject, ValidityPeriod validity) =>
        new(subject, validity, [Constraints(isAuthority: false), .. Usage(KeyPurposes.ClientAuth)]);

    /// <summary>An X509-SVID (X509-SVID §4): for both sides of a handshake, with its ID as the only alternative name.</summary>
    public static CertificateTemplate Svid(X500DistinguishedName subject, SpiffeId id, ValidityPeriod validity) =>
        new CertificateTemplate(subject, validity, [Constraints(isAuthority: false), .. Usage(KeyPurposes.ServerAuth, KeyPurposes.ClientAuth)]).Of(id);

    /// <summary>The same with a SPIFFE ID. An authority has one too: that of its trust domain.</summary>
    public CertificateTemplate Of(SpiffeId id)
    {
        var names = new AsnWriter(AsnEncodingRules.DER); // .NET's builder would add a slash to the ID of a trust domain
        using (names.PushSequence()) names.WriteCharacterString(UniversalTagNumber.IA5String, id.ToString(), new Asn1Tag(TagClass.ContextSpecific, 6));
        return this with { Extensions = [.. Extensions, new X509Extension("2.5.29.17", names.Encode(), critical: false)] };
    }

    /// <summary>The key signs handshakes, for the given <see cref="KeyPurposes"/>.</summary>
    public static IReadOnlyList<X509Extension> Usage(params IEnumerable<string> purposes) =>
    [
        new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true),
        new X509EnhancedKeyUsageExtension([.. purposes.Select(purpose => new Oid(purpose))], critical: false),
    ];

    private static X509BasicConstraintsExtension Constraints(bool isAuthority) =>
        new(isAuthority, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true);
}

/// <summary>The first and the last moment at which a certificate is valid (RFC 5280 §4.1.2.5).</summary>
internal readonly record struct ValidityPeriod(DateTimeOffset NotBefore, DateTimeOffset NotAfter);
