using MtlsProbe.Model;

namespace MtlsProbe.Chains;

/// <summary>
/// The validity period (RFC 5280 §4.1.2.5), both ends included. It holds for anchors as well: OpenSSL and Go refuse an expired root, so
/// real clients fail.
/// </summary>
internal static class Validity
{
    /// <summary>Null when the certificate is current.</summary>
    public static ChainFault? Fault(Certificate certificate, DateTimeOffset now)
    {
        if (now > certificate.NotAfter)
            return new(Reasons.Expired, certificate.Subject,
                $"{certificate.Named()} expired {Rough(now - certificate.NotAfter)} ago ({certificate.NotAfter.Iso()})");
        if (now < certificate.NotBefore)
            return new(Reasons.NotYetValid, certificate.Subject,
                $"{certificate.Named()} becomes valid in {Rough(certificate.NotBefore - now)} ({certificate.NotBefore.Iso()})");
        return null;
    }

    private static string Rough(TimeSpan span) => span switch
    {
        { TotalDays: >= 1 } => Count((long)span.TotalDays, "day"),
        { TotalHours: >= 1 } => Count((long)span.TotalHours, "hour"),
        { TotalMinutes: >= 1 } => Count((long)span.TotalMinutes, "minute"),
        _ => Count(Math.Max(1, (long)span.TotalSeconds), "second"),
    };

    private static string Count(long number, string unit) =>
        number == 1 ? $"1 {unit}" : FormattableString.Invariant($"{number:N0} {unit}s");
}
