using System.Globalization;

namespace MtlsProbe.Text;

/// <summary>Points in time as they are written, always in UTC.</summary>
internal static class Times
{
    /// <summary>For people: <c>2026-11-18 12:00Z</c>.</summary>
    public static string Minute(DateTimeOffset time) => Of(time, "yyyy-MM-dd HH:mm'Z'");

    /// <summary>For people who compare with a log: <c>2026-11-18 12:00:00Z</c>.</summary>
    public static string Second(DateTimeOffset time) => Of(time, "yyyy-MM-dd HH:mm:ss'Z'");

    /// <summary>RFC 3339: <c>2026-11-18T12:00:00Z</c>.</summary>
    public static string Iso(DateTimeOffset time) => Of(time, "yyyy-MM-dd'T'HH:mm:ss'Z'");

    /// <summary>RFC 3339 with milliseconds, in records and logs: <c>2026-11-18T12:00:00.000Z</c>.</summary>
    public static string IsoMilliseconds(DateTimeOffset time) => Of(time, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    private static string Of(DateTimeOffset time, string format) => time.UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
}
