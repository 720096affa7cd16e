using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Trust;

/// <summary>
/// The validity period (RFC 5280 §4.1.2.5), both ends included. It applies to anchors too: OpenSSL and Go refuse an expired root, so real clients
/// fail.
/// </summary>
internal static class Validity
{
    /// <summary>None if the certificate is valid at that time.</summary>
    public static IEnumerable<ChainFault> Faults(Certificate certificate, DateTimeOffset now)
    {
        // A malformed period is wrong at any time: comparing its ends with our clock would only hide that.
        var rules = certificate.Rules;
        if (certificate.ValidityProblem is { } problem)
            yield return new(Reasons.ConstraintViolated, certificate.Subject, $"{certificate.Named()} {problem}");
        if (certificate.NotBefore > certificate.NotAfter) yield break;
        if (now > certificate.NotAfter && rules.MalformedNotAfter is null)
            yield return new(Reasons.Expired, certificate.Subject,
                $"{certificate.Named()} expired {AtLeastASecond(now - certificate.NotAfter)} ago ({Times.Iso(certificate.NotAfter)})");
        if (now < certificate.NotBefore && rules.MalformedNotBefore is null)
            yield return new(Reasons.NotYetValid, certificate.Subject,
                $"{certificate.Named()} becomes valid in {AtLeastASecond(certificate.NotBefore - now)} ({Times.Iso(certificate.NotBefore)})");
    }

    private static string AtLeastASecond(TimeSpan span) => Counts.Of(span < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : span);
}
