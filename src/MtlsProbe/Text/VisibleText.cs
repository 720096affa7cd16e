using System.Globalization;
using System.Text;

namespace MtlsProbe.Text;

/// <summary>
/// Makes text from a peer safe to show: nothing in it moves the cursor, changes the writing direction or is invisible, and its length is limited.
/// Characters that cannot be shown are written as <c>\u{1b}</c>.
/// </summary>
internal static class VisibleText
{
    /// <param name="text">Any text.</param>
    /// <param name="limit">How many characters are shown; the rest is counted.</param>
    /// <param name="ascii">Whether the output supports only ASCII.</param>
    public static string Of(string text, int limit, bool ascii)
    {
        var visible = new StringBuilder(text.Length);
        var shown = 0;
        for (var index = 0; index < text.Length; shown++)
        {
            if (shown == limit)
            {
                visible.Append(CultureInfo.InvariantCulture, $"{(ascii ? "..." : "…")} ({text.Length - index:N0} more characters)");
                break;
            }

            if (!Rune.TryGetRuneAt(text, index, out var rune))
            {
                Escape(visible, text[index++]); // half of a surrogate pair
                continue;
            }

            if (IsVisible(rune, ascii)) visible.Append(text, index, rune.Utf16SequenceLength);
            else Escape(visible, rune.Value);
            index += rune.Utf16SequenceLength;
        }

        return visible.ToString();
    }

    /// <summary>Format characters change the writing direction (U+202E) or have no width (U+200B).</summary>
    private static bool IsVisible(Rune rune, bool ascii) =>
        rune.IsAscii
            ? !Rune.IsControl(rune)
            : !ascii && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned);

    private static void Escape(StringBuilder visible, int code) => visible.Append(CultureInfo.InvariantCulture, $@"\u{{{code:x}}}");
}
