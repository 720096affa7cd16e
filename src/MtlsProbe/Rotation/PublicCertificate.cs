using System.Globalization;
using MtlsProbe.Certificates;
using MtlsProbe.OpenSsl;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>
/// The effect of the rules of public authorities on a certificate and its renewal. A certificate is public if it asserts the Baseline Requirements
/// and its chain leads to an anchor of the machine: an internal CA that was added there does not assert them. Pure functions.
/// </summary>
internal static class PublicCertificate
{
    /// <summary>Maximum number of certificates between the leaf and the anchor.</summary>
    private const int MostIssuers = 8;

    /// <param name="chain">As it is sent: leaf first.</param>
    /// <param name="machine">The anchors of the machine.</param>
    public static bool Is(ValueList<Certificate> chain, TrustBundle machine)
    {
        if (chain.Count == 0 || !BaselineRequirements.AreClaimedBy(chain[0])) return false;
        var at = chain[0];
        for (var depth = 0; depth < MostIssuers; depth++)
        {
            if (machine.IssuersOf(at).Any(anchor => IsIssuedBy(at, anchor))) return true;
            if (chain.FirstOrDefault(other => other != at && IsIssuedBy(at, other)) is not { } issuer) return false;
            at = issuer;
        }

        return false;
    }

    /// <summary>None for a certificate that is not public.</summary>
    /// <param name="chain">As it is sent: leaf first.</param>
    /// <param name="machine">The anchors of the machine; null: they are not known.</param>
    public static IEnumerable<PreflightWarning> Warnings(ValueList<Certificate> chain, TrustBundle? machine)
    {
        if (machine is null || !Is(chain, machine)) yield break;
        var (leaf, life) = (chain[0], BaselineRequirements.LifeOf(chain[0]));
        if (BaselineRequirements.LongestLife(leaf.NotBefore) is var (since, most) && life > TimeSpan.FromDays(most))
        {
            yield return new("public_lifetime",
                $"{leaf} is valid for {Days(life)}, but since {Date(since)} public authorities may issue certificates for at most {Days(most)}: programs that enforce this refuse it");
        }
        else if (BaselineRequirements.LongestLife(leaf.NotAfter) is var (from, later) && life > TimeSpan.FromDays(later))
        {
            yield return new("public_renewal_shorter",
                $"{leaf} is valid for {Days(life)}, but from {Date(from)} on, before it expires, public authorities may issue certificates for at most {Days(later)}: its renewal cannot be valid for longer, so automate it");
        }

        if (leaf.Rules.ExtendedKeyUsage is { } purposes && purposes.Contains(KeyPurposes.ClientAuth))
        {
            yield return new("public_client_usage",
                $"{leaf} is from a public authority and may be used by clients (clientAuth): browsers require these authorities to issue for servers only, so the renewal may lack it. Use your own CA for client certificates");
        }
    }

    private static bool IsIssuedBy(Certificate certificate, Certificate issuer) =>
        certificate.HasIssuerName(issuer) && CertificateSignature.IsSignedBy(certificate.Der.Span, issuer.Der.Span);

    private static string Days(TimeSpan life) => string.Create(CultureInfo.InvariantCulture, $"{life.TotalDays:0.#} days");

    private static string Days(int days) => string.Create(CultureInfo.InvariantCulture, $"{days} days");

    private static string Date(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
