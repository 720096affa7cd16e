using System.Globalization;
using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Forecast;

/// <summary>
/// A forecast as a calendar (RFC 5545): one event for each cause, at the second of its expiry. The identifier of the event is that of its cause, so a
/// calendar moves the event when the certificate has been renewed. Pure.
/// </summary>
internal static class ForecastCalendar
{
    /// <summary>Octets of a line without its end (§3.1).</summary>
    private const int LineLength = 75;

    /// <summary>Maximum number of services in one event.</summary>
    private const int MostPlaces = 20;

    /// <param name="most">The maximum number of events; the first to expire are included.</param>
    public static string Text(ForecastReport report, int most)
    {
        var text = new StringBuilder();
        Line(text, "BEGIN:VCALENDAR");
        Line(text, "VERSION:2.0");
        Line(text, "PRODID:-//MtlsProbe//Forecast//EN");
        Line(text, "METHOD:PUBLISH");
        Line(text, "X-WR-CALNAME:What will break");
        Line(text, "X-WR-CALDESC:Without client and server certificates that live for a day or less.");
        Line(text, "REFRESH-INTERVAL;VALUE=DURATION:PT1H");
        foreach (var cause in report.Causes.Where(IsForPeople).Take(most)) Event(text, cause, report.Now);
        Line(text, "END:VCALENDAR");
        return text.ToString();
    }

    /// <summary>Short-lived leaf certificates are left out: most of them have expired before the calendar is read again.</summary>
    private static bool IsForPeople(ForecastCause cause) =>
        cause is not { Cause: EndCause.ServerCertificate or EndCause.ClientCertificate, Certificate: { } leaf } || leaf.NotAfter - leaf.NotBefore > Certificate.ShortLife;

    private static void Event(StringBuilder text, ForecastCause cause, DateTimeOffset now)
    {
        Line(text, "BEGIN:VEVENT");
        Line(text, $"UID:{cause.Id}@forecast.mtlsprobe");
        Line(text, $"DTSTAMP:{Time(now)}");
        Line(text, $"DTSTART:{Time(cause.At)}");
        Line(text, "TRANSP:TRANSPARENT");
        Line(text, $"CATEGORIES:{cause.Cause.Label()}");
        Line(text, $"SUMMARY:{Escaped(Summary(cause))}");
        Line(text, $"DESCRIPTION:{Escaped(Description(cause))}");
        Line(text, "END:VEVENT");
    }

    private static string Summary(ForecastCause cause)
    {
        var what = cause.Certificate?.Subject is { Length: > 0 } subject ? subject : "Revocation list";
        return cause.Fails > 0
            ? $"{what} expires: {Counts.Of(cause.Fails, "handshake")} {(cause.Fails == 1 ? "fails" : "fail")}"
            : $"{what} expires";
    }

    private static string Description(ForecastCause cause)
    {
        List<string> lines = [cause.Remedy];
        if (cause.Certificate is { } certificate) lines.Add($"Serial {certificate.Serial}, issued by {certificate.Issuer}.");
        var places = cause.Handshakes.Take(MostPlaces).Select(place => $"{place.Target} {place.Address}").Distinct().ToList();
        lines.Add(FormattableString.Invariant($"At {string.Join(", ", places)}{(cause.Total > MostPlaces ? $" and {cause.Total - MostPlaces:N0} more" : "")}."));
        if (cause.Sources.Count > 0) lines.Add($"From {string.Join(", ", cause.Sources)}.");
        return string.Join('\n', lines);
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A value of type TEXT (§3.3.11). Other control characters are not allowed in it.</summary>
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is '\\' or ';' or ',') escaped.Append('\\').Append(c);
            else if (c == '\n') escaped.Append("\\n");
            else if (!char.IsControl(c)) escaped.Append(c);
        }

        return escaped.ToString();
    }

    /// <summary>Folded if it is longer than a line can be, but never inside a character (§3.1).</summary>
    private static void Line(StringBuilder text, string content)
    {
        var octets = 0;
        foreach (var rune in content.EnumerateRunes())
        {
            if (octets + rune.Utf8SequenceLength > LineLength)
            {
                text.Append("\r\n ");
                octets = 1;
            }

            text.Append(rune);
            octets += rune.Utf8SequenceLength;
        }

        text.Append("\r\n");
    }
}
