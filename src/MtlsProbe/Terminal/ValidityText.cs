using System.Globalization;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Terminal;

/// <summary>How long a certificate is still valid, as text.</summary>
internal static class ValidityText
{
    /// <summary>Less than two days are shown in hours, which matter so close to the expiry.</summary>
    private const double DaysFrom = 2;

    /// <summary>For a column.</summary>
    public static string Left(Certificate certificate, DateTimeOffset now, Pen pen)
    {
        if (now < certificate.NotBefore) return pen.Bad("not valid yet");
        if (now > certificate.NotAfter) return pen.Bad($"expired {Counts.Of(now - certificate.NotAfter, DaysFrom)} ago");
        var left = certificate.NotAfter - now;
        var text = $"{Counts.Of(left, DaysFrom)} left";
        return ExpiryRule.Of(certificate, now) is null ? text : pen.Warning(text);
    }

    public static string Describe(Certificate certificate, DateTimeOffset now, Pen pen) => Describe(certificate, ExpiryRule.Of(certificate, now), now, pen);

    public static string DescribeAnchor(Certificate anchor, DateTimeOffset now, Pen pen) => Describe(anchor, ExpiryRule.OfAnchor(anchor, now), now, pen);

    private static string Describe(Certificate certificate, ExpiryLevel? level, DateTimeOffset now, Pen pen)
    {
        if (now < certificate.NotBefore) return pen.Bad($"not valid before {Times.Minute(certificate.NotBefore)}, in {Counts.Of(certificate.NotBefore - now, DaysFrom)}");
        if (now > certificate.NotAfter) return pen.Bad($"expired {Counts.Of(now - certificate.NotAfter, DaysFrom)} ago, {Times.Minute(certificate.NotAfter)}");
        var left = certificate.NotAfter - now;
        var text = $"{Counts.Of(left, DaysFrom)} left, until {Times.Minute(certificate.NotAfter)}";
        return level is null ? text : pen.Warning(text);
    }
}
