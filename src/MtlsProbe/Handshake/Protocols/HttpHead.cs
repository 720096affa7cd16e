using System.Globalization;
using System.Text;

namespace MtlsProbe.Handshake;

/// <summary>The head of an HTTP/1.x response (RFC 9112 §4), read from bytes that may be incomplete.</summary>
/// <param name="State">Whether the head is complete.</param>
/// <param name="Status">The status code, if complete.</param>
/// <param name="Length">The bytes up to and including the empty line, if complete.</param>
internal readonly record struct HttpHead(HttpHeadState State, int Status, int Length)
{
    private const string Coding = "Transfer-Encoding";

    /// <param name="scanned">Number of bytes that were already searched without finding the end.</param>
    public static HttpHead Parse(ReadOnlySpan<byte> bytes, int scanned = 0)
    {
        var start = "HTTP/1."u8;
        if (!bytes[..Math.Min(bytes.Length, start.Length)].SequenceEqual(start[..Math.Min(bytes.Length, start.Length)])) return new(HttpHeadState.NotHttp, 0, 0);

        // "HTTP/1.1 200": the version is one digit, the status three (RFC 9112 §4).
        var status = 0;
        for (var i = start.Length; i < Math.Min(bytes.Length, 12); i++)
        {
            var digit = bytes[i] - '0';
            var fits = i == 8 ? bytes[i] == ' ' : digit is >= 0 and <= 9 && (i != 9 || digit > 0);
            if (!fits) return new(HttpHeadState.NotHttp, 0, 0);
            if (i > 8) status = (status * 10) + digit;
        }

        if (bytes.Length > 12 && bytes[12] is not ((byte)' ' or (byte)'\r' or (byte)'\n')) return new(HttpHeadState.NotHttp, 0, 0);
        var end = HeadEnd(bytes, Math.Max(0, scanned - 2));
        return end < 0 ? new(HttpHeadState.Partial, 0, 0) : new(HttpHeadState.Whole, status, end);
    }

    /// <summary>
    /// The Content-Length of a complete head; null if it has none that is a number, or if its body has a transfer coding, which takes precedence over
    /// any length (RFC 9112 §6.3).
    /// </summary>
    public static long? ContentLength(ReadOnlySpan<byte> head) =>
        Field(head, Coding) is null && long.TryParse(Field(head, "Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;

    /// <summary>Whether the body of a complete head is chunked: its last transfer coding says so (RFC 9112 §6.1).</summary>
    public static bool IsChunked(ReadOnlySpan<byte> head) =>
        Fields(head, Coding).LastOrDefault()?.Split(',')[^1].Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The value of the first field with this name in a complete head, one character per byte; null if there is none.</summary>
    public static string? Field(ReadOnlySpan<byte> head, string name) => Fields(head, name).FirstOrDefault();

    /// <summary>The values of all fields with this name in a complete head, one character per byte.</summary>
    public static IEnumerable<string> Fields(ReadOnlySpan<byte> head, string name) =>
        from line in Encoding.Latin1.GetString(head).Split('\n')
        where line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.OrdinalIgnoreCase)
        select line[(name.Length + 1)..].Trim();

    /// <summary>The end of the empty line; bare line feeds count too (RFC 9112 §2.2).</summary>
    /// <param name="from">A position at or before the line feed that precedes the empty line.</param>
    private static int HeadEnd(ReadOnlySpan<byte> bytes, int from)
    {
        for (var i = from; i < bytes.Length; i++)
        {
            if (bytes[i] != '\n') continue;
            if (i + 1 < bytes.Length && bytes[i + 1] == '\n') return i + 2;
            if (i + 2 < bytes.Length && bytes[i + 1] == '\r' && bytes[i + 2] == '\n') return i + 3;
        }

        return -1;
    }
}

/// <summary>How much of a head has arrived.</summary>
internal enum HttpHeadState
{
    Partial,
    Whole,
    NotHttp,
}
