namespace MtlsProbe.Tests.Alerts;

/// <summary>alerts/alertmanager.example.yml, checked by Alertmanager's own tool.</summary>
public sealed class AlertmanagerExampleTests
{
    [NeedsFact("amtool")]
    public async Task Amtool_finds_nothing_to_say_about_the_example()
    {
        var (exitCode, said) = await Tool.Run("", "amtool", "check-config", AlertFiles.Alertmanager);

        Assert.True(exitCode == 0, said);
    }

    [NeedsTheory("amtool")]
    [InlineData("MtlsProbeMutualTlsNotEnforced", "critical", "page")]
    [InlineData("MtlsProbeHandshakeSlow", "warning", "ticket")]
    [InlineData("MtlsProbeServerIssuerChanged", "info", "nowhere")]
    [InlineData("MtlsProbeWatchdog", "none", "dead-man")]
    public async Task Alerts_are_routed_by_their_severity(string alert, string severity, string receiver)
    {
        Assert.Contains(AlertFiles.Alerts, rule => rule.Name == alert && rule.Severity == severity);
        var (exitCode, said) = await Tool.Run(
            "", "amtool", "config", "routes", "test", $"--config.file={AlertFiles.Alertmanager}", $"--verify.receivers={receiver}",
            $"alertname={alert}", $"severity={severity}", "target=payments", "team=money");

        Assert.True(exitCode == 0, said);
    }

    /// <summary>A misspelled name in a matcher would mute nothing, and no one would notice.</summary>
    [Fact]
    public void The_alerts_of_every_inhibition_rule_exist()
    {
        var names = AlertFiles.Alerts.Select(alert => alert.Name).ToHashSet();
        var matchers = AlertMatcher.AllOf(File.ReadAllText(AlertFiles.Alertmanager)).ToList();

        Assert.NotEmpty(matchers);
        Assert.All(matchers, matcher => Assert.All(matcher.Alternatives, alternative => Assert.Contains(names, name => alternative.IsMatch(name))));
    }
}
