using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>The fields of a certificate that path validation reads (RFC 5280 §6).</summary>
internal sealed record CertificateRules
{
    /// <summary>
    /// Limit for lists of object identifiers, of which a hostile certificate can have thousands. Those that affect a verdict are always kept.
    /// </summary>
    public const int MostKept = 64;

    /// <summary>1 to 3; only version 3 has extensions.</summary>
    public required int Version { get; init; }

    /// <summary>DER of the subject name.</summary>
    public required ReadOnlyMemory<byte> SubjectName
    {
        get;
        init => (field, Subject) = (value, NameKey.Of(value));
    }

    /// <summary>DER of the issuer name.</summary>
    public required ReadOnlyMemory<byte> IssuerName
    {
        get;
        init => (field, Issuer) = (value, NameKey.Of(value));
    }

    /// <summary>The subject name for comparison.</summary>
    public NameKey Subject { get; private init; }

    /// <summary>The issuer name for comparison.</summary>
    public NameKey Issuer { get; private init; }

    /// <summary>DER of the subject's public key with its algorithm.</summary>
    public required ReadOnlyMemory<byte> PublicKeyInfo { get; init; }

    /// <summary>Content octets of the serial number.</summary>
    public ReadOnlyMemory<byte> SerialNumber { get; init; }

    /// <summary>The extension that says where revocation is published, as read by <see cref="DistributionPoint"/>; empty if there is none.</summary>
    public ReadOnlyMemory<byte> DistributionPoints { get; init; }

    /// <summary>The extension that says where delta lists are (freshestCRL, RFC 5280 §4.2.1.15), in the same form; empty if there is none.</summary>
    public ReadOnlyMemory<byte> DeltaPoints { get; init; }

    /// <summary>Empty if the certificate has none.</summary>
    public ReadOnlyMemory<byte> SubjectKeyIdentifier { get; init; }

    /// <summary>Empty if the certificate has none.</summary>
    public ReadOnlyMemory<byte> AuthorityKeyIdentifier { get; init; }

    /// <summary>In the names of <see cref="Certificates.SignatureHash"/>; null if the algorithm has no separate hash, or is unknown.</summary>
    public string? SignatureHash { get; init; }

    public required PublicKeyFacts PublicKey { get; init; }

    /// <summary>Null if the certificate has no basic constraints.</summary>
    public bool? IsCertificateAuthority { get; init; }

    public int? PathLength { get; init; }

    /// <summary>Null if the certificate does not restrict it.</summary>
    public X509KeyUsageFlags? KeyUsage { get; init; }

    /// <summary>Object identifiers; null if the certificate does not restrict it.</summary>
    public ValueList<string>? ExtendedKeyUsage { get; init; }

    public AlternativeNames AlternativeNames { get; init; } = AlternativeNames.None;

    /// <summary>DER of the name constraints extension; empty if there are none.</summary>
    public ReadOnlyMemory<byte> NameConstraints { get; init; }

    /// <summary>Whether the name constraints are critical, as they should be.</summary>
    public bool NameConstraintsAreCritical { get; init; }

    /// <summary>Whether the certificate requires a stapled OCSP response (RFC 7633).</summary>
    public bool MustStaple { get; init; }

    /// <summary>The encoded start of the validity if it is malformed; otherwise null.</summary>
    public string? MalformedNotBefore { get; init; }

    /// <summary>The encoded end of the validity if it is malformed; otherwise null.</summary>
    public string? MalformedNotAfter { get; init; }

    /// <summary>Where to get the issuer's certificate; null if the certificate does not say. Untrusted text, never fetched.</summary>
    public string? IssuerUri { get; init; }

    /// <summary>Its OCSP responder; null if the certificate does not say. Untrusted text.</summary>
    public string? ResponderUri { get; init; }

    /// <summary>
    /// Whether it is the certificate of an OCSP responder whose revocation need not be checked (id-pkix-ocsp-nocheck, RFC 6960 §4.2.2.2.1).
    /// </summary>
    public bool OcspNoCheck { get; init; }

    /// <summary>Object identifiers of critical extensions that these rules do not know.</summary>
    public ValueList<string> UnknownCriticalExtensions { get; init; } = [];

    /// <summary>Object identifiers of extensions that occur twice, or whose content does not match their type.</summary>
    public ValueList<string> MalformedExtensions { get; init; } = [];

    /// <summary>The same without references to the certificate's bytes, so that their memory can be freed. Subject and issuer are kept.</summary>
    public CertificateRules WithoutContent() => this with
    {
        SubjectName = default,
        IssuerName = default,
        Subject = Subject, // must come after the names, which set them
        Issuer = Issuer,
        PublicKeyInfo = default,
        SerialNumber = default,
        DistributionPoints = default,
        DeltaPoints = default,
        SubjectKeyIdentifier = default,
        AuthorityKeyIdentifier = default,
        NameConstraints = default,
        IssuerUri = null,
        ResponderUri = null,
        ExtendedKeyUsage = ExtendedKeyUsage is { } purposes ? purposes.Where(KeyPurposes.Matters).ToValueList() : null,
        UnknownCriticalExtensions = [],
        MalformedExtensions = [],
        AlternativeNames = AlternativeNames.None,
    };

    public static CertificateRules Read(CertificateFields fields)
    {
        var rules = new CertificateRules
        {
            Version = fields.Version,
            SerialNumber = fields.Serial,
            SubjectName = fields.Subject,
            IssuerName = fields.Issuer,
            PublicKeyInfo = fields.PublicKeyInfo,
            SignatureHash = Certificates.SignatureHash.Of(fields.SignatureAlgorithm),
            PublicKey = PublicKeyFacts.Read(fields.PublicKeyInfo),
            MalformedNotBefore = fields.NotBefore.Malformed,
            MalformedNotAfter = fields.NotAfter.Malformed,
            IssuerUri = AuthorityInformationAccess.IssuerUri(fields.Extensions),
            ResponderUri = AuthorityInformationAccess.ResponderUri(fields.Extensions),
        };
        HashSet<string> seen = [], unknown = [], malformed = [];
        foreach (var extension in fields.Extensions)
        {
            try
            {
                var content = new AsnReader(extension.Content, CertificateFields.Encoding);
                if (!seen.Add(extension.Id)) malformed.Add(extension.Id);
                else if (With(rules, extension, content) is { } more)
                {
                    content.ThrowIfNotEmpty();
                    rules = more;
                }
                else if (extension.IsCritical) unknown.Add(extension.Id);
            }
            catch (AsnContentException)
            {
                malformed.Add(extension.Id);
            }
        }

        if (rules.AlternativeNames.HasMalformed) malformed.Add(Extension.SubjectAlternativeName);
        return rules with { UnknownCriticalExtensions = unknown.Take(MostKept).ToValueList(), MalformedExtensions = malformed.Take(MostKept).ToValueList() };
    }

    /// <summary>Null if the extension is unknown.</summary>
    private static CertificateRules? With(CertificateRules rules, CertificateExtension extension, AsnReader reader)
    {
        switch (extension.Id)
        {
            case Extension.BasicConstraints:
                var constraints = reader.ReadSequence();
                var isAuthority = constraints.HasData && constraints.PeekTag() == Asn1Tag.Boolean && constraints.ReadBoolean();
                var length = constraints.HasData ? ReadPathLength(constraints) : (int?)null;
                return rules with { IsCertificateAuthority = isAuthority, PathLength = length };
            case Extension.KeyUsage:
                return rules with { KeyUsage = ReadKeyUsage(reader) };
            case Extension.ExtendedKeyUsage:
                List<string> purposes = [];
                for (var list = reader.ReadSequence(); list.HasData;)
                {
                    var purpose = list.ReadObjectIdentifier();
                    if (purposes.Count < MostKept || (KeyPurposes.Matters(purpose) && !purposes.Contains(purpose))) purposes.Add(purpose);
                }

                return rules with { ExtendedKeyUsage = purposes.ToValueList() };
            case Extension.SubjectAlternativeName:
                return ReadNames(rules, reader.ReadEncodedValue());
            case Extension.NameConstraints:
                reader.ReadSequence();
                return rules with { NameConstraints = extension.Content, NameConstraintsAreCritical = extension.IsCritical };
            case Extension.SubjectKeyIdentifier:
                return rules with { SubjectKeyIdentifier = CertificateFields.ReadOctets(reader) };
            case Extension.AuthorityKeyIdentifier:
                var tag = new Asn1Tag(TagClass.ContextSpecific, 0);
                var identifier = reader.ReadSequence();
                return identifier.HasData && identifier.PeekTag() == tag
                    ? rules with { AuthorityKeyIdentifier = CertificateFields.ReadOctets(identifier, tag) }
                    : rules;
            case Extension.TlsFeature:
                var mustStaple = false;
                for (var list = reader.ReadSequence(); list.HasData;) mustStaple |= list.ReadInteger() == Extension.StatusRequest;
                return rules with { MustStaple = mustStaple };
            case Extension.OcspNoCheck:
                reader.ReadEncodedValue();
                return rules with { OcspNoCheck = true };
            case Extension.CertificatePolicies or Extension.PolicyMappings or Extension.PolicyConstraints or Extension.InhibitAnyPolicy:
                reader.ReadEncodedValue();
                return rules; // no policy is required, as in OpenSSL by default
            case Extension.CrlDistributionPoints:
                return rules with { DistributionPoints = reader.ReadEncodedValue() };
            case Extension.FreshestCrl:
                return rules with { DeltaPoints = reader.ReadEncodedValue() };
            default:
                return null;
        }
    }

    private static CertificateRules ReadNames(CertificateRules rules, ReadOnlyMemory<byte> content) => rules with { AlternativeNames = AlternativeNames.Read(content) };

    private static int ReadPathLength(AsnReader constraints) =>
        constraints.TryReadInt32(out var length) && length >= 0 ? length : throw new AsnContentException("path length");

    /// <summary>DER writes bit 0 as the highest bit of the first octet; the flags use the same numbers.</summary>
    private static X509KeyUsageFlags ReadKeyUsage(AsnReader reader)
    {
        var bits = reader.ReadBitString(out _);
        return (X509KeyUsageFlags)((bits.Length > 0 ? bits[0] : 0) | (bits.Length > 1 ? bits[1] << 8 : 0));
    }

    /// <summary>Object identifiers of the extensions that these rules know (RFC 5280 §4.2, RFC 7633).</summary>
    private static class Extension
    {
        public const string SubjectKeyIdentifier = "2.5.29.14";
        public const string KeyUsage = "2.5.29.15";
        public const string SubjectAlternativeName = "2.5.29.17";
        public const string BasicConstraints = "2.5.29.19";
        public const string NameConstraints = "2.5.29.30";
        public const string CrlDistributionPoints = "2.5.29.31";
        public const string CertificatePolicies = "2.5.29.32";
        public const string PolicyMappings = "2.5.29.33";
        public const string AuthorityKeyIdentifier = "2.5.29.35";
        public const string PolicyConstraints = "2.5.29.36";
        public const string FreshestCrl = "2.5.29.46";
        public const string ExtendedKeyUsage = "2.5.29.37";
        public const string InhibitAnyPolicy = "2.5.29.54";
        public const string OcspNoCheck = "1.3.6.1.5.5.7.48.1.5";
        public const string TlsFeature = "1.3.6.1.5.5.7.1.24";
        public const int StatusRequest = 5;
    }
}
