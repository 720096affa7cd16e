using System.Formats.Asn1;

namespace MtlsProbe.Certificates;

/// <summary>
/// The fields of a certificate as encoded (RFC 5280 §4.1). X509Certificate2 is not used: it takes fourteen times as long, and returns dates in local
/// time, in which one hour of the year is ambiguous.
/// </summary>
internal sealed record CertificateFields
{
    /// <summary>1 to 3 in practice.</summary>
    public required int Version { get; init; }

    /// <summary>Content octets of the INTEGER.</summary>
    public required ReadOnlyMemory<byte> Serial { get; init; }

    /// <summary>DER of the name, as for <see cref="Subject"/>.</summary>
    public required ReadOnlyMemory<byte> Issuer { get; init; }

    public required ReadOnlyMemory<byte> Subject { get; init; }

    public required CertificateTime NotBefore { get; init; }

    public required CertificateTime NotAfter { get; init; }

    /// <summary>DER of the SubjectPublicKeyInfo.</summary>
    public required ReadOnlyMemory<byte> PublicKeyInfo { get; init; }

    /// <summary>DER of the AlgorithmIdentifier of the signature.</summary>
    public required ReadOnlyMemory<byte> SignatureAlgorithm { get; init; }

    public required IReadOnlyList<CertificateExtension> Extensions { get; init; }

    /// <exception cref="AsnContentException">The bytes are not a certificate, or more than one.</exception>
    public static CertificateFields Read(ReadOnlyMemory<byte> der)
    {
        var outer = new AsnReader(der, Encoding);
        var certificate = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var tbs = certificate.ReadSequence();
        var signatureAlgorithm = certificate.ReadEncodedValue();
        certificate.ReadBitString(out _);

        var version = 1;
        if (tbs.PeekTag().HasSameClassAndValue(s_version)) checked { version = (int)tbs.ReadSequence(s_version).ReadInteger() + 1; }
        var serial = tbs.ReadIntegerBytes();
        tbs.ReadEncodedValue(); // the signature algorithm again
        var issuer = ReadName(tbs);
        var validity = tbs.ReadSequence();
        var notBefore = CertificateTime.Read(validity);
        var notAfter = CertificateTime.Read(validity);
        return new CertificateFields
        {
            Version = version,
            Serial = serial,
            Issuer = issuer,
            NotBefore = notBefore,
            NotAfter = notAfter,
            Subject = ReadName(tbs),
            PublicKeyInfo = tbs.ReadEncodedValue(),
            SignatureAlgorithm = signatureAlgorithm,
            Extensions = ReadExtensions(tbs),
        };
    }

    /// <summary>As lenient as OpenSSL, which has accepted the certificate: BER where OpenSSL does not require DER.</summary>
    internal const AsnEncodingRules Encoding = AsnEncodingRules.BER;

    private static readonly Asn1Tag s_version = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag s_extensions = new(TagClass.ContextSpecific, 3);

    private static ReadOnlyMemory<byte> ReadName(AsnReader reader)
    {
        var name = reader.PeekEncodedValue();
        reader.ReadSequence();
        return name;
    }

    /// <summary>
    /// A slice of the certificate and not a copy: a copy of 96 kB would cost 96 kB more. Only content that is encoded in pieces, which BER allows, is
    /// copied.
    /// </summary>
    internal static ReadOnlyMemory<byte> ReadOctets(AsnReader reader, Asn1Tag? tag = null) =>
        reader.TryReadPrimitiveOctetString(out var content, tag) ? content : reader.ReadOctetString(tag);

    private static List<CertificateExtension> ReadExtensions(AsnReader tbs)
    {
        List<CertificateExtension> extensions = [];
        while (tbs.HasData)
        {
            if (!tbs.PeekTag().HasSameClassAndValue(s_extensions))
            {
                tbs.ReadEncodedValue(); // unique identifiers of issuer and subject, obsolete
                continue;
            }

            var list = tbs.ReadSequence(s_extensions).ReadSequence();
            while (list.HasData)
            {
                var extension = list.ReadSequence();
                var id = extension.ReadObjectIdentifier();
                var isCritical = extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
                extensions.Add(new CertificateExtension(id, isCritical, ReadOctets(extension)));
            }
        }

        return extensions;
    }
}

/// <summary>One extension.</summary>
/// <param name="Id">Object identifier.</param>
/// <param name="IsCritical">Whether a verifier that does not know it must refuse the certificate.</param>
/// <param name="Content">DER of the type that belongs to the identifier.</param>
internal readonly record struct CertificateExtension(string Id, bool IsCritical, ReadOnlyMemory<byte> Content);
