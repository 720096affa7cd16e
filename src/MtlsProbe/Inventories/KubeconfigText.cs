using System.Buffers;
using System.Text;
using MtlsProbe.Files;

namespace MtlsProbe.Inventories;

/// <summary>
/// A kubeconfig as text without its secrets. A parser makes texts of all values, and texts lie in memory until nobody knows when: so long words
/// are overwritten before, unless they are keys of the file, or what is read of it. Keys and tokens are long words.
/// </summary>
internal static class KubeconfigText
{
    /// <summary>Letters of a word that may be a secret; the shortest token has more.</summary>
    private const int LongWord = 16;

    private static readonly SearchValues<byte> s_letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_.-"u8);

    /// <param name="content">UTF-8.</param>
    public static string Of(ReadOnlySpan<byte> content)
    {
        var buffer = PinnedBuffers.Rent(content.Length);
        try
        {
            var text = buffer.AsSpan(0, content.Length);
            content.CopyTo(text);
            Mask(text);
            return Encoding.UTF8.GetString(text);
        }
        finally
        {
            PinnedBuffers.Return(buffer);
        }
    }

    private static void Mask(Span<byte> text)
    {
        for (var at = 0; at < text.Length;)
        {
            var start = text[at..].IndexOfAny(s_letters);
            if (start < 0) return;
            start += at;
            var length = text[start..].IndexOfAnyExcept(s_letters);
            var end = length < 0 ? text.Length : start + length;
            at = end;
            if (EndOfKey(text, end) is { } value)
            {
                if (IsRead(text[start..end])) at = EndOfValue(text, value);
            }
            else if (end - start >= LongWord) text[start..end].Fill((byte)'x');
        }
    }

    private static bool IsRead(ReadOnlySpan<byte> key) =>
        key.SequenceEqual("client-certificate-data"u8) || key.SequenceEqual("certificate-authority-data"u8)
        || key.SequenceEqual("client-certificate"u8) || key.SequenceEqual("certificate-authority"u8);

    /// <summary>Where the value begins, where the word that ended is a key: a colon and a space follow, in JSON without the space.</summary>
    private static int? EndOfKey(ReadOnlySpan<byte> text, int end)
    {
        var isQuoted = end < text.Length && text[end] is (byte)'"' or (byte)'\'';
        if (isQuoted) end++;
        if (end >= text.Length || text[end] != ':') return null;
        end++;
        return isQuoted || end == text.Length || text[end] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' ? end : null;
    }

    private static int EndOfValue(ReadOnlySpan<byte> text, int start)
    {
        while (start < text.Length && text[start] is (byte)' ' or (byte)'\t') start++;
        if (start == text.Length) return start;
        var isQuoted = text[start] is (byte)'"' or (byte)'\'';
        var rest = isQuoted ? text[(start + 1)..] : text[start..];
        var length = isQuoted ? rest.IndexOfAny(text[start], (byte)'\n') : rest.IndexOfAny((byte)'\n', (byte)',', (byte)'}');
        return length < 0 ? text.Length : text.Length - rest.Length + length;
    }
}
