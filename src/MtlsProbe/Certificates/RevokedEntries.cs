using System.Formats.Asn1;

namespace MtlsProbe.Certificates;

/// <summary>
/// The entries of a revocation list (RFC 5280 §5.1.2.6): its bytes, and eight bytes for each entry as an index. A list of 49 MB with a million
/// entries costs 57 MB, and a lookup takes a few steps. Immutable.
/// </summary>
internal sealed class RevokedEntries
{
    public static readonly RevokedEntries None = new(default, [], [], [], null);

    /// <summary>Maximum number of changes of the certificate issuer in an indirect list.</summary>
    private const int MostIssuers = 100_000;

    private readonly ReadOnlyMemory<byte> _content;
    private readonly int[] _hashes; // sorted; with a new seed in each process, so that nobody can create collisions
    private readonly int[] _places; // the place of the entry whose hash has the same index
    private readonly (int From, NameKey Issuer)[] _issuers;

    private RevokedEntries(ReadOnlyMemory<byte> content, int[] hashes, int[] places, (int From, NameKey Issuer)[] issuers, string? problem) =>
        (_content, _hashes, _places, _issuers, Problem) = (content, hashes, places, issuers, problem);

    public int Count => _hashes.Length;

    /// <summary>Whether both have the same entries in the same order.</summary>
    public bool IsSameAs(RevokedEntries other) => _content.Span.SequenceEqual(other._content.Span);

    /// <summary>Why the list proves nothing, as the end of a sentence; null: it is usable.</summary>
    public string? Problem { get; }

    /// <summary>Whether some entries name their certificate's issuer.</summary>
    public bool NamesIssuers => _issuers.Length > 0;

    private static ReadOnlySpan<byte> ReasonCode => [0x55, 0x1d, 0x15];

    private static ReadOnlySpan<byte> HoldInstruction => [0x55, 0x1d, 0x17];

    private static ReadOnlySpan<byte> InvalidityDate => [0x55, 0x1d, 0x18];

    private static ReadOnlySpan<byte> CertificateIssuer => [0x55, 0x1d, 0x1d];

    /// <param name="content">The content of the sequence of entries; kept, not copied.</param>
    /// <exception cref="AsnContentException">They cannot be read.</exception>
    public static RevokedEntries Read(ReadOnlyMemory<byte> content)
    {
        var all = content.Span;
        var count = 0;
        for (var at = 0; at < all.Length; count++) at += Length(all[at..]);
        var (hashes, places) = (new int[count], new int[count]);
        List<(int, NameKey)> issuers = [];
        string? problem = null;
        var place = 0;
        for (var i = 0; i < count; i++)
        {
            var entry = Take(all[place..], Asn1Tag.Sequence, out var length);
            var serial = Take(entry, Asn1Tag.Integer, out var taken);
            if (serial.IsEmpty) throw new AsnContentException("an entry without a serial number");
            (hashes[i], places[i]) = (HashOf(Shortest(serial)), place);
            entry = entry[taken..];
            entry = entry[Length(entry)..]; // the date is read on request
            if (!entry.IsEmpty) problem ??= ReadExtensions(entry, content, place, issuers);
            place += length;
        }

        Array.Sort(hashes, places);
        return new(content, hashes, places, [.. issuers], problem);
    }

    /// <summary>
    /// The entries with this serial number, in any order. There can be several if they belong to different issuers, or if one certificate is listed
    /// twice.
    /// </summary>
    /// <param name="serial">Content octets of the INTEGER. Redundant leading octets do not change the number.</param>
    public IEnumerable<RevokedEntry> Find(ReadOnlyMemory<byte> serial)
    {
        var hash = HashOf(Shortest(serial.Span));
        var index = Array.BinarySearch(_hashes, hash);
        if (index < 0) yield break;
        while (index > 0 && _hashes[index - 1] == hash) index--;
        for (; index < _hashes.Length && _hashes[index] == hash; index++)
        {
            if (Entry(_places[index], serial.Span) is { } entry) yield return entry;
        }
    }

    /// <summary>Everything in it was checked when the list was read, except the date.</summary>
    private RevokedEntry? Entry(int place, ReadOnlySpan<byte> serial)
    {
        var entry = Take(_content.Span[place..], Asn1Tag.Sequence, out _);
        if (!Shortest(Take(entry, Asn1Tag.Integer, out var length)).SequenceEqual(Shortest(serial))) return null;
        entry = entry[length..];
        length = Length(entry);
        return new RevokedEntry(TimeOf(entry[..length]), ReasonOf(entry[length..]), IssuerAt(place));
    }

    /// <summary>Null if its encoding is not allowed.</summary>
    private static DateTimeOffset? TimeOf(ReadOnlySpan<byte> date)
    {
        try
        {
            return CertificateTime.Read(new AsnReader(date.ToArray(), RevocationList.Encoding)).Time;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <param name="rest">The rest of the entry, which <see cref="ReadExtensions"/> has read before; empty if there are no extensions.</param>
    private static int? ReasonOf(ReadOnlySpan<byte> rest)
    {
        var extensions = rest.IsEmpty ? rest : Take(rest, Asn1Tag.Sequence, out _);
        while (!extensions.IsEmpty)
        {
            var extension = Extension(ref extensions, out var id, out _);
            if (!id.SequenceEqual(ReasonCode)) continue;
            var value = AsnDecoder.ReadEnumeratedBytes(extension, CertificateFields.Encoding, out _);
            return value.Length == 1 ? value[0] : int.MaxValue;
        }

        return null;
    }

    /// <summary>An entry without a certificate issuer has the issuer of the previous entry (RFC 5280 §5.3.3).</summary>
    private NameKey? IssuerAt(int place)
    {
        var (low, high) = (0, _issuers.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_issuers[middle].From <= place) low = middle + 1;
            else high = middle;
        }

        return low == 0 ? null : _issuers[low - 1].Issuer;
    }

    /// <summary>Null, or why the list is not usable. It records the issuer that an entry names.</summary>
    private static string? ReadExtensions(ReadOnlySpan<byte> rest, ReadOnlyMemory<byte> content, int place, List<(int, NameKey)> issuers)
    {
        var extensions = Take(rest, Asn1Tag.Sequence, out var length);
        if (length != rest.Length) throw new AsnContentException("an entry has too many parts");
        string? problem = null;
        while (!extensions.IsEmpty)
        {
            var value = Extension(ref extensions, out var id, out var isCritical);
            if (id.SequenceEqual(CertificateIssuer)) problem ??= Note(value.ToArray(), place, issuers);
            else if (id.SequenceEqual(ReasonCode)) AsnDecoder.ReadEnumeratedBytes(value, CertificateFields.Encoding, out _);
            else if (isCritical && !id.SequenceEqual(InvalidityDate) && !id.SequenceEqual(HoldInstruction))
                problem ??= "has an entry with a critical extension that MtlsProbe does not support, so the list proves nothing (RFC 5280 §5.3)";
        }

        return problem;
    }

    /// <summary>Removes the first extension; returns the content of its value.</summary>
    private static ReadOnlySpan<byte> Extension(ref ReadOnlySpan<byte> extensions, out ReadOnlySpan<byte> id, out bool isCritical)
    {
        var extension = Take(extensions, Asn1Tag.Sequence, out var length);
        extensions = extensions[length..];
        id = Take(extension, Asn1Tag.ObjectIdentifier, out length);
        extension = extension[length..];
        isCritical = false;
        if (!extension.IsEmpty && extension[0] == 1)
        {
            isCritical = AsnDecoder.ReadBoolean(extension, CertificateFields.Encoding, out length);
            extension = extension[length..];
        }

        return Take(extension, Asn1Tag.PrimitiveOctetString, out _);
    }

    private static string? Note(byte[] names, int place, List<(int, NameKey)> issuers)
    {
        if (issuers.Count >= MostIssuers) return "changes the issuer of its entries too often";
        for (var list = new AsnReader(names, CertificateFields.Encoding).ReadSequence(); list.HasData;)
        {
            if (GeneralName.Read(list) is not { Form: GeneralName.Directory, Content: var name }) continue;
            issuers.Add((place, NameKey.Of(name)));
            return null;
        }

        return "has an entry whose certificate issuer is not a distinguished name";
    }

    /// <summary>Without redundant leading octets, which some encoders write.</summary>
    private static ReadOnlySpan<byte> Shortest(ReadOnlySpan<byte> number)
    {
        while (number.Length > 1 && ((number[0] == 0 && number[1] < 0x80) || (number[0] == 0xff && number[1] >= 0x80))) number = number[1..];
        return number;
    }

    private static int HashOf(ReadOnlySpan<byte> serial)
    {
        var hash = default(HashCode);
        hash.AddBytes(serial);
        return hash.ToHashCode();
    }

    private static int Length(ReadOnlySpan<byte> data)
    {
        AsnDecoder.ReadEncodedValue(data, RevocationList.Encoding, out _, out _, out var length);
        return length;
    }

    private static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> data, Asn1Tag expected, out int length)
    {
        var tag = AsnDecoder.ReadEncodedValue(data, RevocationList.Encoding, out var start, out var count, out length);
        return tag == expected ? data.Slice(start, count) : throw new AsnContentException($"{tag} where {expected} was expected");
    }
}

/// <summary>One entry.</summary>
/// <param name="RevokedAt">Null if it cannot be read.</param>
/// <param name="Code">CRLReason (RFC 5280 §5.3.1); null if none is given.</param>
/// <param name="Issuer">The issuer of the certificate; null: the issuer of the list.</param>
internal readonly record struct RevokedEntry(DateTimeOffset? RevokedAt, int? Code, NameKey? Issuer)
{
    private const int Hold = 6;
    private const int Remove = 8;

    /// <summary>The certificate is no longer revoked (in a delta list).</summary>
    public bool IsRemoval => Code == Remove;

    /// <summary>The revocation can be reversed.</summary>
    public bool IsHold => Code == Hold;

    /// <summary>If one certificate has several entries, the one with the greatest weight counts.</summary>
    public int Weight => IsRemoval ? 0 : IsHold ? 1 : 2;

    /// <summary>In the spelling of RFC 5280 §5.3.1; null if none is given.</summary>
    public string? Reason => Code switch
    {
        0 => "unspecified",
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        Hold => "certificateHold",
        Remove => "removeFromCRL",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => null,
    };
}
