using Microsoft.Net.Http.Headers;

namespace MtlsProbe.Handshake;

/// <summary>The time in an HTTP response (RFC 9110 §6.6.1).</summary>
internal static class HttpDate
{
    /// <summary>Maximum characters; the longest form has 33 (RFC 9110 §5.6.7).</summary>
    private const int Longest = 64;

    private static Parsed? s_last;

    /// <summary>
    /// Null if there is none, an unreadable one, or more than one. Also null if the response has an Age, because it then comes from a cache (RFC 9111
    /// §5.1), and its time is not exact to the second.
    /// </summary>
    /// <param name="fields">Returns the values of a field, as received.</param>
    public static DateTimeOffset? Of(Func<string, IEnumerable<string>> fields)
    {
        if (fields("Age").Any()) return null;
        var dates = fields("Date").Take(2).ToList();
        return dates is [{ Length: <= Longest } only] ? Read(only) : null;
    }

    /// <summary>All servers say the same within a second, so the last one is kept.</summary>
    private static DateTimeOffset? Read(string text)
    {
        if (s_last is { } last && last.Text == text) return last.Date;
        var parsed = new Parsed(text, HeaderUtilities.TryParseDate(text, out var date) ? date.ToUniversalTime() : null);
        s_last = parsed; // one reference, so a reader sees the whole
        return parsed.Date;
    }

    private sealed record Parsed(string Text, DateTimeOffset? Date);
}
