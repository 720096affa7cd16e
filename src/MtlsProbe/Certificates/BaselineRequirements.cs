using System.Formats.Asn1;

namespace MtlsProbe.Certificates;

/// <summary>
/// The rules for TLS server certificates of public authorities: the Baseline Requirements of the CA/Browser Forum. Such a certificate asserts them
/// with a policy (§7.1.6.1).
/// </summary>
internal static class BaselineRequirements
{
    private const string CertificatePolicies = "2.5.29.32";

    /// <summary>Extended, domain, organization and individual validation.</summary>
    private static readonly string[] s_policies = ["2.23.140.1.1", "2.23.140.1.2.1", "2.23.140.1.2.2", "2.23.140.1.2.3"];

    /// <summary>Start date, and the maximum number of days (§6.3.2, ballot SC-081v3); the newest first.</summary>
    private static readonly (DateTimeOffset From, int Days)[] s_longest =
    [
        (new(2029, 3, 15, 0, 0, 0, TimeSpan.Zero), 47),
        (new(2027, 3, 15, 0, 0, 0, TimeSpan.Zero), 100),
        (new(2026, 3, 15, 0, 0, 0, TimeSpan.Zero), 200),
        (new(2020, 9, 1, 0, 0, 0, TimeSpan.Zero), 398),
    ];

    /// <summary>How many days a certificate issued at this time may be valid, and since when this applies; null if there was no such rule yet.</summary>
    public static (DateTimeOffset From, int Days)? LongestLife(DateTimeOffset issued)
    {
        foreach (var rule in s_longest)
        {
            if (issued >= rule.From) return rule;
        }

        return null;
    }

    /// <summary>How long a certificate is valid, including both ends (RFC 5280 §4.1.2.5).</summary>
    public static TimeSpan LifeOf(Certificate certificate) => certificate.NotAfter - certificate.NotBefore + TimeSpan.FromSeconds(1);

    /// <summary>Whether the certificate asserts them; false if its bytes are not known.</summary>
    public static bool AreClaimedBy(Certificate certificate)
    {
        if (certificate.Der.IsEmpty) return false;
        try
        {
            foreach (var extension in CertificateFields.Read(certificate.Der).Extensions)
            {
                if (extension.Id != CertificatePolicies) continue;
                for (var policies = new AsnReader(extension.Content, CertificateFields.Encoding).ReadSequence(); policies.HasData;)
                {
                    if (s_policies.Contains(policies.ReadSequence().ReadObjectIdentifier())) return true;
                }
            }
        }
        catch (AsnContentException)
        {
            // The extension cannot be read.
        }

        return false;
    }
}
