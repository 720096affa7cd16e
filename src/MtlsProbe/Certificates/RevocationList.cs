using System.Formats.Asn1;
using System.Numerics;
using MtlsProbe.Text;

namespace MtlsProbe.Certificates;

/// <summary>
/// A certificate revocation list (RFC 5280 §5), read once from its DER bytes. Its signature must be verified elsewhere: until then it is only an
/// unverified claim. Immutable.
/// </summary>
internal sealed class RevocationList
{
    /// <summary>In bytes. The largest public ones have a few megabytes.</summary>
    public const int MaxSize = 64 << 20;

    /// <summary>A list is signed as a whole, and is the largest input: parsing is as strict as the standard allows.</summary>
    internal const AsnEncodingRules Encoding = AsnEncodingRules.DER;

    /// <summary>Maximum octets of the issuer's name. Real names have some hundred.</summary>
    private const int MaxIssuer = 64 << 10;

    /// <summary>Maximum number of extensions of the list itself. Real lists have two to five.</summary>
    private const int MaxExtensions = 64;

    /// <summary>Maximum octets of a CRL number (RFC 5280 §5.2.3).</summary>
    private const int MaxNumber = 20;

    private static readonly Asn1Tag s_extensions = new(TagClass.ContextSpecific, 0);

    private RevocationList(NameKey issuer, string issuerText) => (Issuer, IssuerText) = (issuer, issuerText);

    public NameKey Issuer { get; }

    /// <summary>The name as shown.</summary>
    public string IssuerText { get; }

    public required DateTimeOffset ThisUpdate { get; init; }

    /// <summary>Null if the list does not state it, which RFC 5280 §5.1.2.5 forbids.</summary>
    public DateTimeOffset? NextUpdate { get; init; }

    /// <summary>Null if it has none.</summary>
    public BigInteger? Number { get; private set; }

    /// <summary>For a delta list: the number of the complete list that its changes refer to. Null: it is a complete list.</summary>
    public BigInteger? DeltaBase { get; private set; }

    public IssuingDistributionPoint Scope { get; private set; } = IssuingDistributionPoint.Whole;

    /// <summary>Identifier of the key that signed it; empty if it does not state it.</summary>
    public ReadOnlyMemory<byte> AuthorityKeyIdentifier { get; private set; }

    /// <summary>Where its delta lists are published (freshestCRL, §5.2.6), as read by <see cref="DistributionPoint"/>; empty if it does not say.</summary>
    public ReadOnlyMemory<byte> DeltaPoints { get; private set; }

    /// <summary>DER of the name of its issuer.</summary>
    public ReadOnlyMemory<byte> IssuerName { get; private init; }

    public RevokedEntries Entries { get; private init; } = RevokedEntries.None;

    /// <summary>Why the list proves nothing, as the end of a sentence; null: it is usable.</summary>
    public string? Problem { get; private set; }

    /// <summary>The bytes that are signed.</summary>
    public required ReadOnlyMemory<byte> Signed { get; init; }

    /// <summary>DER of the AlgorithmIdentifier of the signature.</summary>
    public required ReadOnlyMemory<byte> SignatureAlgorithm { get; init; }

    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>Whether it covers the same certificates as <paramref name="other"/>. The newer of the two then replaces the older.</summary>
    public bool IsOfSameScope(RevocationList other) =>
        Issuer == other.Issuer && DeltaBase.HasValue == other.DeltaBase.HasValue && Scope == other.Scope
        && AuthorityKeyIdentifier.Span.SequenceEqual(other.AuthorityKeyIdentifier.Span);

    /// <summary>
    /// Whether it was issued before <paramref name="other"/>, by its number if both have one, and by its date. If the two disagree, neither is older:
    /// an authority that was set up again, for example, counts from one.
    /// </summary>
    public bool IsOlderThan(RevocationList other) =>
        Number is { } number && other.Number is { } than && number != than
            ? number < than && ThisUpdate <= other.ThisUpdate
            : ThisUpdate < other.ThisUpdate;

    /// <summary>Reads a list; <paramref name="der"/> is kept, not copied.</summary>
    public static RevocationReading Read(ReadOnlyMemory<byte> der)
    {
        if (der.Length > MaxSize) return new(null, $"is larger than {MaxSize >> 20} MiB");
        try
        {
            return new(ReadWhole(der), null);
        }
        catch (Exception e) when (e is AsnContentException or ArgumentException or OverflowException)
        {
            return new(null, "is not a readable revocation list");
        }
    }

    private static RevocationList ReadWhole(ReadOnlyMemory<byte> der)
    {
        var outer = new AsnReader(der, Encoding);
        var whole = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var signed = whole.PeekEncodedValue();
        var fields = whole.ReadSequence();
        var algorithm = whole.PeekEncodedValue();
        whole.ReadSequence().ReadObjectIdentifier(); // the code that verifies the signature reads it again, and must not fail
        if (!whole.TryReadPrimitiveBitString(out var unused, out var signature) || unused != 0) throw new AsnContentException("signature");
        whole.ThrowIfNotEmpty();

        var version = fields.PeekTag() == Asn1Tag.Integer ? fields.ReadInteger() : 0;
        var inner = fields.ReadEncodedValue();
        var issuer = fields.PeekEncodedValue();
        fields.ReadSequence();
        if (issuer.Length > MaxIssuer) throw new AsnContentException("a name too long");
        var thisUpdate = CertificateTime.Read(fields);
        CertificateTime? nextUpdate = fields.HasData && fields.PeekTag().TagClass == TagClass.Universal && fields.PeekTag() != Asn1Tag.Sequence ? CertificateTime.Read(fields) : null;
        var entries = RevokedEntries.None;
        if (fields.HasData && fields.PeekTag() == Asn1Tag.Sequence)
        {
            var content = fields.ReadEncodedValue();
            AsnDecoder.ReadEncodedValue(content.Span, Encoding, out var start, out var length, out _);
            entries = RevokedEntries.Read(content.Slice(start, length));
        }

        var list = new RevocationList(NameKey.Of(issuer), DistinguishedName.Text(issuer))
        {
            ThisUpdate = thisUpdate.Time,
            NextUpdate = nextUpdate?.Time,
            Entries = entries,
            IssuerName = issuer,
            Signed = signed,
            SignatureAlgorithm = algorithm,
            Signature = signature,
            Problem = entries.Problem,
        };
        if (!inner.Span.SequenceEqual(algorithm.Span)) list.Refuse("names two different signature algorithms");
        if (version > 1) list.Refuse("has an undefined version");
        if ((thisUpdate.Malformed ?? nextUpdate?.Malformed) is { } malformed) list.Refuse($"has a malformed date ({malformed.Clip()})");
        if (fields.HasData)
        {
            if (version != 1) list.Refuse("has extensions, which its version does not allow");
            list.ReadExtensions(fields.ReadSequence(s_extensions).ReadSequence(), issuer);
        }

        fields.ThrowIfNotEmpty();
        if (entries.NamesIssuers && !list.Scope.IsIndirect) list.Refuse("has entries of other issuers, but is not marked as indirect (RFC 5280 §5.3.3)");
        return list;
    }

    private void ReadExtensions(AsnReader extensions, ReadOnlyMemory<byte> issuer)
    {
        HashSet<string> seen = [];
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var id = extension.ReadObjectIdentifier();
            var isCritical = extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
            var content = CertificateFields.ReadOctets(extension);
            if (seen.Count >= MaxExtensions) throw new AsnContentException("too many extensions");
            if (!seen.Add(id)) Refuse($"has the extension {id} twice");
            switch (id)
            {
                case "2.5.29.20":
                    Number = ReadNumber(content);
                    break;
                case "2.5.29.27":
                    DeltaBase = ReadNumber(content);
                    break;
                case "2.5.29.28":
                    Scope = IssuingDistributionPoint.Read(content, issuer);
                    break;
                case "2.5.29.35":
                    AuthorityKeyIdentifier = ReadKeyIdentifier(content);
                    break;
                case "2.5.29.46":
                    DeltaPoints = content;
                    break;
                default:
                    if (isCritical) Refuse($"has a critical extension that MtlsProbe does not support ({id}), so the list proves nothing (RFC 5280 §5.2)");
                    break;
            }
        }
    }

    private static BigInteger ReadNumber(ReadOnlyMemory<byte> content)
    {
        var octets = new AsnReader(content, CertificateFields.Encoding).ReadIntegerBytes();
        return octets.Length <= MaxNumber + 1 ? new BigInteger(octets.Span, isBigEndian: true) : throw new AsnContentException("a number too long");
    }

    private static ReadOnlyMemory<byte> ReadKeyIdentifier(ReadOnlyMemory<byte> content)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0);
        var identifier = new AsnReader(content, CertificateFields.Encoding).ReadSequence();
        return DistributionPoint.IsNext(identifier, tag) ? CertificateFields.ReadOctets(identifier, tag) : default;
    }

    private void Refuse(string problem) => Problem ??= problem;
}

/// <summary>A list, or why there is none, as the end of a sentence.</summary>
internal readonly record struct RevocationReading(RevocationList? List, string? Problem);
