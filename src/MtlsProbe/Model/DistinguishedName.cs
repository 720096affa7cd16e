using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MtlsProbe.Model;

/// <summary>X.500 names, which a peer may fill with anything, as text.</summary>
internal static class DistinguishedName
{
    private const string CommonNameType = "2.5.4.3";

    /// <summary>Characters kept of a name; RFC 5280's own bounds make far less.</summary>
    private const int MaxLength = 1024;

    /// <summary>
    /// <c>CN=…, O=…</c>, most specific part first. Characters that move the cursor, turn the reading direction or hide stand as
    /// <c>\u{1b}</c>; a name that cannot be decoded is <c>#</c> and its DER in hex.
    /// </summary>
    public static string Text(ReadOnlyMemory<byte> der)
    {
        var name = Decode(der);
        return Visible(name.Length > 0 || der.Length <= 2 ? name : "#" + Convert.ToHexStringLower(der.Span[..Math.Min(der.Length, MaxLength)]));
    }

    /// <summary>The common names, first the one that stands first in the bytes; none where the name cannot be decoded.</summary>
    public static IEnumerable<string> CommonNames(ReadOnlyMemory<byte> der)
    {
        try
        {
            return new X500DistinguishedName(der.Span).EnumerateRelativeDistinguishedNames(reversed: false)
                .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonNameType)
                .Select(part => Visible(part.GetSingleElementValue() ?? ""))
                .ToList();
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException or ArgumentException)
        {
            return [];
        }
    }

    /// <summary>The text without characters that are not seen or do harm on a terminal, and with an end.</summary>
    public static string Visible(string text)
    {
        var isCut = text.Length > MaxLength;
        if (!isCut && text.All(IsPlain)) return text;
        var visible = new StringBuilder(text.Length);
        foreach (var rune in (isCut ? text[..MaxLength] : text).EnumerateRunes())
        {
            if (IsHarmless(rune)) visible.Append(rune.ToString());
            else visible.Append(CultureInfo.InvariantCulture, $@"\u{{{rune.Value:x}}}");
        }

        return visible.Append(isCut ? "…" : "").ToString();
    }

    private static bool IsPlain(char c) => c is >= ' ' and <= '~';

    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

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
}
