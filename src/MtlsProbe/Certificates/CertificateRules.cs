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

    private readonly IssuerName? _issuer;
    private readonly CertificateRarities _rare = CertificateRarities.None;

    /// <summary>1 to 3; only version 3 has extensions.</summary>
    public required int Version { get; init; }

    /// <summary>DER of the subject name.</summary>
    public required ReadOnlyMemory<byte> SubjectName
    {
        get;
        init
        {
            field = value;
            if (!value.IsEmpty) Subject = NameKey.Of(value);
        }
    }

    /// <summary>DER of the issuer name.</summary>
    public required ReadOnlyMemory<byte> IssuerName
    {
        get;
        init
        {
            field = value;
            if (!value.IsEmpty) _issuer = Certificates.IssuerName.Of(value);
        }
    }

    /// <summary>The subject name for comparison.</summary>
    public NameKey Subject { get; private init; }

    /// <summary>The issuer name for comparison.</summary>
    public NameKey Issuer => _issuer?.Key ?? default;

    /// <summary>DER of the subject's public key with its algorithm.</summary>
    public required ReadOnlyMemory<byte> PublicKeyInfo { get; init; }

    /// <summary>Content octets of the serial number.</summary>
    public ReadOnlyMemory<byte> SerialNumber { get; init; }

    /// <inheritdoc cref="CertificateRarities.DistributionPoints"/>
    public ReadOnlyMemory<byte> DistributionPoints
    {
        get => _rare.DistributionPoints;
        init => _rare = value.Equals(_rare.DistributionPoints) ? _rare : _rare with { DistributionPoints = value };
    }

    /// <inheritdoc cref="CertificateRarities.DeltaPoints"/>
    public ReadOnlyMemory<byte> DeltaPoints
    {
        get => _rare.DeltaPoints;
        init => _rare = value.Equals(_rare.DeltaPoints) ? _rare : _rare with { DeltaPoints = value };
    }

    /// <summary>Empty if the certificate has none.</summary>
    public ReadOnlyMemory<byte> SubjectKeyIdentifier { get; init; }

    /// <summary>Empty if the certificate has none.</summary>
    public ReadOnlyMemory<byte> AuthorityKeyIdentifier { get; init; }

    /// <summary>In the names of <see cref="Certificates.SignatureHash"/>; null if the algorithm has no separate hash, or is unknown.</summary>
    public string? SignatureHash { get; init; }

    public required PublicKeyFacts PublicKey { get; init; }

    /// <summary>Null if the certificate has no basic constraints.</summary>
    public bool? IsCertificateAuthority { get; init; }

    /// <inheritdoc cref="CertificateRarities.PathLength"/>
    public int? PathLength
    {
        get => _rare.PathLength;
        init => _rare = _rare.PathLength == value ? _rare : _rare with { PathLength = value };
    }

    /// <summary>Null if the certificate does not restrict it.</summary>
    public X509KeyUsageFlags? KeyUsage { get; init; }

    /// <summary>Object identifiers; null if the certificate does not restrict it.</summary>
    public ValueList<string>? ExtendedKeyUsage { get; init; }

    public AlternativeNames AlternativeNames { get; init; } = AlternativeNames.None;

    /// <inheritdoc cref="CertificateRarities.NameConstraints"/>
    public ReadOnlyMemory<byte> NameConstraints
    {
        get => _rare.NameConstraints;
        init => _rare = value.Equals(_rare.NameConstraints) ? _rare : _rare with { NameConstraints = value };
    }

    /// <inheritdoc cref="CertificateRarities.NameConstraintsAreCritical"/>
    public bool NameConstraintsAreCritical
    {
        get => _rare.NameConstraintsAreCritical;
        init => _rare = _rare.NameConstraintsAreCritical == value ? _rare : _rare with { NameConstraintsAreCritical = value };
    }

    /// <summary>Whether the certificate requires a stapled OCSP response (RFC 7633).</summary>
    public bool MustStaple { get; init; }

    /// <inheritdoc cref="CertificateRarities.MalformedNotBefore"/>
    public string? MalformedNotBefore
    {
        get => _rare.MalformedNotBefore;
        init => _rare = _rare.MalformedNotBefore == value ? _rare : _rare with { MalformedNotBefore = value };
    }

    /// <inheritdoc cref="CertificateRarities.MalformedNotAfter"/>
    public string? MalformedNotAfter
    {
        get => _rare.MalformedNotAfter;
        init => _rare = _rare.MalformedNotAfter == value ? _rare : _rare with { MalformedNotAfter = value };
    }

    /// <inheritdoc cref="CertificateRarities.IssuerUri"/>
    public string? IssuerUri
    {
        get => _rare.IssuerUri;
        init => _rare = _rare.IssuerUri == value ? _rare : _rare with { IssuerUri = value };
    }

    /// <inheritdoc cref="CertificateRarities.ResponderUri"/>
    public string? ResponderUri
    {
        get => _rare.ResponderUri;
        init => _rare = _rare.ResponderUri == value ? _rare : _rare with { ResponderUri = value };
    }

    /// <summary>
    /// Whether it is the certificate of an OCSP responder whose revocation need not be checked (id-pkix-ocsp-nocheck, RFC 6960 §4.2.2.2.1).
    /// </summary>
    public bool OcspNoCheck { get; init; }

    /// <inheritdoc cref="CertificateRarities.UnknownCriticalExtensions"/>
    public ValueList<string> UnknownCriticalExtensions
    {
        get => _rare.UnknownCriticalExtensions;
        init => _rare = _rare.UnknownCriticalExtensions == value ? _rare : _rare with { UnknownCriticalExtensions = value };
    }

    /// <inheritdoc cref="CertificateRarities.MalformedExtensions"/>
    public ValueList<string> MalformedExtensions
    {
        get => _rare.MalformedExtensions;
        init => _rare = _rare.MalformedExtensions == value ? _rare : _rare with { MalformedExtensions = value };
    }

    /// <summary>The same without references to the certificate's bytes, so that their memory can be freed. Subject and issuer are kept.</summary>
    public CertificateRules WithoutContent() => this with
    {
        SubjectName = default,
        IssuerName = default,
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
}
