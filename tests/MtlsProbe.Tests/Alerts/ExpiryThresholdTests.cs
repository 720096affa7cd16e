using System.Globalization;
using System.Text.RegularExpressions;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Alerts;

/// <summary>The page is amber when a warning fires and red when a critical alert does: the rules and the program have the same thresholds.</summary>
public sealed partial class ExpiryThresholdTests
{
    [Theory]
    [InlineData("MtlsProbeServerCertificateExpiring")]
    [InlineData("MtlsProbeClientCertificateExpiring")]
    public void A_certificate_that_is_presented_expires_by_the_thresholds_of_its_alerts(string alert)
    {
        Assert.Equal((ExpiryRule.WarningShare, ExpiryRule.WarningMost), Thresholds(alert, "warning"));
        Assert.Equal((ExpiryRule.CriticalShare, ExpiryRule.CriticalMost), Thresholds(alert, "critical"));
    }

    [Fact]
    public void A_stored_certificate_expires_by_the_ticket_threshold_of_presented_ones()
    {
        var (_, expression) = ShippedRules.Recorded().Single(rule => Expression("MtlsProbeStoredCertificateExpiring", "warning").StartsWith(rule.Record, StringComparison.Ordinal));
        Assert.Equal((ExpiryRule.WarningShare, ExpiryRule.WarningMost), Thresholds(expression));
    }

    [Fact]
    public void A_trust_anchor_expires_by_the_thresholds_of_its_alerts()
    {
        Assert.Equal(ExpiryRule.AnchorWarning, Anchor("warning"));
        Assert.Equal(ExpiryRule.AnchorCritical, Anchor("critical"));

        static TimeSpan Anchor(string severity) => Days(LeftOf().Match(Expression("MtlsProbeTrustAnchorExpiring", severity)));
    }

    [Fact]
    public void A_renewal_is_late_at_the_threshold_of_its_alert() =>
        Assert.Equal(ExpiryRule.LateShare, double.Parse(LateOf().Match(Expression("MtlsProbeRenewalsLater", "warning")).Groups[1].Value, CultureInfo.InvariantCulture));

    private static (double Share, TimeSpan Most) Thresholds(string alert, string severity) => Thresholds(Expression(alert, severity));

    private static (double Share, TimeSpan Most) Thresholds(string expression) =>
        (double.Parse(ShareOf().Match(expression).Groups[1].Value, CultureInfo.InvariantCulture), Days(MostOf().Match(expression)));

    private static string Expression(string alert, string severity) => AlertFiles.Alerts.Single(rule => rule.Name == alert && rule.Severity == severity).Expression;

    private static TimeSpan Days(Match match) => TimeSpan.FromDays(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"< clamp_max\(([0-9.]+) \*")]
    private static partial Regex ShareOf();

    [GeneratedRegex(@"\), (\d+) \* 86400\)")]
    private static partial Regex MostOf();

    [GeneratedRegex(@"< (\d+) \* 86400")]
    private static partial Regex LeftOf();

    [GeneratedRegex(@"> ([0-9.]+)\s+and")]
    private static partial Regex LateOf();
}
