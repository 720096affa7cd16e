using System.Buffers;
using System.Globalization;
using System.Text;

namespace MtlsProbe.Handshake;

/// <summary>Finds the end of a chunked body (RFC 9112 §7.1) in bytes that may be incomplete.</summary>
internal sealed class ChunkedBody
{
    /// <summary>Maximum hexadecimal digits of a size: more than is ever read.</summary>
    private const int MaxDigits = 7;

    private static readonly SearchValues<byte> s_digits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <summary>The position of the next chunk; negative if the content there is not a chunk.</summary>
    private int _next;

    /// <summary>The length including the last chunk; null if that has not arrived, or if the body is not chunked. Trailer fields are not read.</summary>
    /// <param name="body">From its beginning; never fewer bytes than in the last call.</param>
    public int? End(ReadOnlySpan<byte> body)
    {
        while (_next >= 0 && _next < body.Length && body[_next..].IndexOf((byte)'\n') is >= 0 and var line)
        {
            var after = _next + line + 1;
            if (Size(body.Slice(_next, line)) is not { } size) _next = -1;
            else if (size == 0) return after;
            else _next = after + size + "\r\n".Length;
        }

        return null;
    }

    /// <summary>Null if it is not a size. An extension can follow it.</summary>
    private static int? Size(ReadOnlySpan<byte> line)
    {
        var digits = line.IndexOfAnyExcept(s_digits) is >= 0 and var end ? line[..end] : line;
        return digits.Length is > 0 and <= MaxDigits && int.TryParse(Encoding.ASCII.GetString(digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size)
            ? size
            : null;
    }
}
