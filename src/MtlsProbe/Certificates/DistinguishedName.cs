using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>X.500 names as text. A peer can fill them with anything.</summary>
internal static class DistinguishedName
{
    /// <summary>Types of attributes (RFC 5280 §4.1.2.4 and §4.1.2.6).</summary>
    public const string CommonName = "2.5.4.3";

    public const string EmailAddress = "1.2.840.113549.1.9.1";

    /// <summary>Characters that count as a space in comparisons (RFC 4518 §2.2).</summary>
    private static readonly char[] s_spaces = [' ', '\t', '\n', '\v', '\f', '\r', '\u0085', '\u00a0'];

    /// <summary>Maximum characters kept of a name; the limits of RFC 5280 lead to much shorter ones.</summary>
    private const int MaxLength = 1024;

    /// <summary>
    /// <c>CN=…, O=…</c>, most specific part first. Characters that move the cursor, change the writing direction or are invisible are shown as
    /// <c>\u{1b}</c>; a name that cannot be decoded is shown as <c>#</c> and its DER in hex.
    /// </summary>
    public static string Text(ReadOnlyMemory<byte> der)
    {
        var name = Decode(der);
        if (name.Length == 0 && der.Length > 2) name = "#" + Convert.ToHexStringLower(der.Span[..Math.Min(der.Length, MaxLength)]);
        return Visible(name);
    }

    /// <summary>The values of one type of attribute, as safe text; none if the name cannot be read.</summary>
    public static IEnumerable<string> Values(ReadOnlyMemory<byte> der, string type)
    {
        try
        {
            return Attributes(der).SelectMany(set => set)
                .Where(attribute => attribute.Type == type)
                .Select(attribute => Visible(attribute.Value))
                .ToList();
        }
        catch (AsnContentException)
        {
            return [];
        }
    }

    /// <summary>
    /// The sets of attributes, least specific first, normalized for comparison by RFC 5280 §7.1: without regard to case, kind of string and repeated
    /// spaces. Different names stay different. Empty if the name cannot be read.
    /// </summary>
    public static ValueList<string> Canonical(ReadOnlyMemory<byte> der)
    {
        try
        {
            return Attributes(der)
                .Select(set => set.Select(Folded).Order(StringComparer.Ordinal))
                .Select(parts => string.Join('+', parts))
                .ToValueList();
        }
        catch (AsnContentException)
        {
            return [];
        }
    }

    /// <summary>The text without invisible characters and without those that are harmful on a terminal, truncated.</summary>
    public static string Visible(string text)
    {
        var isCut = text.Length > MaxLength;
        if (!isCut && !text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return text;
        var visible = new StringBuilder(text.Length);
        Span<char> characters = stackalloc char[2];
        foreach (var rune in (isCut ? text[..MaxLength] : text).EnumerateRunes())
        {
            if (IsHarmless(rune)) visible.Append(characters[..rune.EncodeToUtf16(characters)]);
            else visible.Append(CultureInfo.InvariantCulture, $@"\u{{{rune.Value:x}}}");
        }

        return visible.Append(isCut ? "…" : "").ToString();
    }

    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    private static string Decode(ReadOnlyMemory<byte> der)
    {
        try
        {
            return new X500DistinguishedName(der.Span).Name;
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException or ArgumentException)
        {
            return "";
        }
    }

    /// <exception cref="AsnContentException">It is not a name.</exception>
    private static List<List<(string Type, string Value, bool IsText)>> Attributes(ReadOnlyMemory<byte> der)
    {
        List<List<(string Type, string Value, bool IsText)>> sets = [];
        for (var name = new AsnReader(der, CertificateFields.Encoding).ReadSequence(); name.HasData;)
        {
            List<(string Type, string Value, bool IsText)> attributes = [];
            for (var set = name.ReadSetOf(); set.HasData;)
            {
                var attribute = set.ReadSequence();
                var type = attribute.ReadObjectIdentifier();
                var isText = IsText(attribute.PeekTag());
                attributes.Add((type, isText ? attribute.ReadCharacterString((UniversalTagNumber)attribute.PeekTag().TagValue) : Hex(attribute), isText));
            }

            sets.Add(attributes);
        }

        return sets;
    }

    private static bool IsText(Asn1Tag tag) =>
        tag.TagClass == TagClass.Universal && (UniversalTagNumber)tag.TagValue is UniversalTagNumber.UTF8String
            or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String or UniversalTagNumber.T61String
            or UniversalTagNumber.BMPString or UniversalTagNumber.NumericString or UniversalTagNumber.VisibleString;

    private static string Hex(AsnReader attribute) => "#" + Convert.ToHexStringLower(attribute.ReadEncodedValue().Span);

    /// <summary>With its length, so that a value that contains a separator is not mistaken for two attributes.</summary>
    private static string Folded((string Type, string Value, bool IsText) attribute)
    {
        if (!attribute.IsText) return $"{attribute.Type}={attribute.Value}";
        var value = string.Join(' ', attribute.Value.Split(s_spaces, StringSplitOptions.RemoveEmptyEntries)).ToLowerInvariant();
        return $"{attribute.Type}={value.Length}:{value}";
    }
}
