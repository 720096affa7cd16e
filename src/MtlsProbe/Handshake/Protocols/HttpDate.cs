using Microsoft.Net.Http.Headers;

namespace MtlsProbe.Handshake;

/// <summary>The time that an HTTP answer tells (RFC 9110 §6.6.1).</summary>
internal static class HttpDate
{
    /// <summary>In characters; the longest form has 33 (RFC 9110 §5.6.7).</summary>
    private const int Longest = 64;

    /// <summary>
    /// Null where it has none, or none that can be read, or more than one; and where the answer has an age, since then a cache kept it (RFC 9111
    /// §5.1): whose time that would be, and when, nobody can tell to the second.
    /// </summary>
    /// <param name="fields">The values of a field, each as it came.</param>
    public static DateTimeOffset? Of(Func<string, IEnumerable<string>> fields)
    {
        if (fields("Age").Any()) return null;
        var dates = fields("Date").Take(2).ToList();
        return dates is [{ Length: <= Longest } only] && HeaderUtilities.TryParseDate(only, out var date) ? date.ToUniversalTime() : null;
    }
}
