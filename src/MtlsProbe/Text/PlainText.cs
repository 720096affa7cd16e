using System.Text;

namespace MtlsProbe.Text;

/// <summary>Untrusted bytes as harmless text.</summary>
internal static class PlainText
{
    private const int MaxLength = 60;
    private const int MaxWords = 240;

    /// <summary>The first bytes in quotes, with a dot for everything that is not printable ASCII.</summary>
    public static string Quote(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("\"");
        foreach (var b in bytes[..Math.Min(bytes.Length, MaxLength)])
        {
            if (b is (byte)'\r' or (byte)'\n') break;
            text.Append(b is >= 0x20 and < 0x7f ? (char)b : '.');
        }

        return text.Append('"').ToString();
    }

    /// <summary>All lines, with a space between them, in quotes.</summary>
    public static string QuoteLines(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("\"");
        foreach (var b in bytes[..Math.Min(bytes.Length, MaxWords)])
        {
            if (b is (byte)'\r' or (byte)'\n')
            {
                if (text[^1] is not (' ' or '"')) text.Append(' ');
            }
            else text.Append(b is >= 0x20 and < 0x7f ? (char)b : '.');
        }

        return (text[^1] == ' ' ? text.Remove(text.Length - 1, 1) : text).Append(bytes.Length > MaxWords ? "…\"" : "\"").ToString();
    }
}
