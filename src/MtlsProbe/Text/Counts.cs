using System.Globalization;

namespace MtlsProbe.Text;

/// <summary>Numbers of things, and time spans, as written in sentences.</summary>
internal static class Counts
{
    /// <summary>The mean year of the calendar (365.2425 days): with it, spans up to the year 9999 have the right number of years.</summary>
    private const double DaysOfYear = 365.2425;

    /// <summary><c>1 server</c>, <c>4,995 servers</c>.</summary>
    /// <param name="plural">Null: the singular with an s.</param>
    public static string Of(long count, string singular, string? plural = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? singular : plural ?? singular + "s")}");

    /// <summary>In one unit and rounded down: it never promises more time than is left.</summary>
    /// <param name="leastDays">From this many days on, the unit is days; from two years on, years; below, hours.</param>
    public static string Of(TimeSpan span, double leastDays = 1) => span switch
    {
        { TotalDays: >= 2 * DaysOfYear } => Of((long)(span.TotalDays / DaysOfYear), "year"),
        _ when span.TotalDays >= leastDays => Of((long)span.TotalDays, "day"),
        { TotalHours: >= 1 } => Of((long)span.TotalHours, "hour"),
        { TotalMinutes: >= 1 } => Of((long)span.TotalMinutes, "minute"),
        _ => Of((long)span.TotalSeconds, "second"),
    };
}
