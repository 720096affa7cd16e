using System.Globalization;

namespace MtlsProbe.Text;

/// <summary>Numbers of things, and spans of time, as they are written in sentences.</summary>
internal static class Counts
{
    /// <summary>The mean of the calendar (365.2425 days): with it the years until 9999 are right to the year.</summary>
    private const double DaysOfYear = 365.2425;

    /// <summary><c>1 server</c>, <c>4,995 servers</c>.</summary>
    /// <param name="plural">Null: the singular with an s.</param>
    public static string Of(long count, string singular, string? plural = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? singular : plural ?? singular + "s")}");

    /// <summary>In one unit and rounded down, so that it never promises more than there is.</summary>
    /// <param name="leastDays">From this many days on in days, and from two years on in years; below in hours.</param>
    public static string Of(TimeSpan span, double leastDays = 1) => span switch
    {
        { TotalDays: >= 2 * DaysOfYear } => Of((long)(span.TotalDays / DaysOfYear), "year"),
        _ when span.TotalDays >= leastDays => Of((long)span.TotalDays, "day"),
        { TotalHours: >= 1 } => Of((long)span.TotalHours, "hour"),
        { TotalMinutes: >= 1 } => Of((long)span.TotalMinutes, "minute"),
        _ => Of((long)span.TotalSeconds, "second"),
    };
}
