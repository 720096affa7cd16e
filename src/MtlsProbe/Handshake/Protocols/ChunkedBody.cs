using System.Buffers;
using System.Globalization;
using System.Text;

namespace MtlsProbe.Handshake;

/// <summary>Finds the end of a body in chunks (RFC 9112 §7.1), from bytes that may not be all there yet.</summary>
internal sealed class ChunkedBody
{
    /// <summary>Hexadecimal digits of a size: more than is read in any case.</summary>
    private const int MaxDigits = 7;

    private static readonly SearchValues<byte> s_digits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <summary>Where the next chunk begins; negative where what should be one is none.</summary>
    private int _next;

    /// <summary>How long it is with its last chunk; null where that has not come, or what came is not in chunks. Fields of a trailer are not read.</summary>
    /// <param name="body">From its beginning; not fewer bytes than the last time.</param>
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

    /// <summary>Null when it is none. An extension may follow it.</summary>
    private static int? Size(ReadOnlySpan<byte> line)
    {
        var digits = line.IndexOfAnyExcept(s_digits) is >= 0 and var end ? line[..end] : line;
        return digits.Length is > 0 and <= MaxDigits && int.TryParse(Encoding.ASCII.GetString(digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size)
            ? size
            : null;
    }
}
