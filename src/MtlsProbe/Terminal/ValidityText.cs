using System.Globalization;
using MtlsProbe.Certificates;

namespace MtlsProbe.Terminal;

/// <summary>How long a certificate is still good, in words.</summary>
internal static class ValidityText
{
    /// <summary>Less than this left deserves a colour: most rotations take longer than a few days.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    public static string Describe(Certificate certificate, DateTimeOffset now, Pen pen)
    {
        if (now < certificate.NotBefore) return pen.Bad($"not valid before {Time(certificate.NotBefore)}, in {Span(certificate.NotBefore - now)}");
        if (now > certificate.NotAfter) return pen.Bad($"expired {Span(now - certificate.NotAfter)} ago, {Time(certificate.NotAfter)}");
        var left = certificate.NotAfter - now;
        var text = $"{Span(left)} left, until {Time(certificate.NotAfter)}";
        return left < Soon ? pen.Warning(text) : text;
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    /// <summary>Rounded down, so that it never promises more than there is.</summary>
    private static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 2 } => Count((long)span.TotalDays, "day"),
        { TotalHours: >= 1 } => Count((long)span.TotalHours, "hour"),
        { TotalMinutes: >= 1 } => Count((long)span.TotalMinutes, "minute"),
        _ => Count((long)span.TotalSeconds, "second"),
    };

    private static string Count(long count, string unit) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {unit}{(count == 1 ? "" : "s")}");
}
