using System.Text.RegularExpressions;
using MtlsProbe.Tests.PromQl;

namespace MtlsProbe.Tests.Alerts;

/// <summary>What all rules of alerts/ have in common. promtool tests in alerts/tests whether each fires and is silent when it should.</summary>
public sealed partial class AlertRulesTests
{
    private const string Runbooks = "https://github.com/mtlsprobe/mtlsprobe/blob/main/docs/runbooks/";

    /// <summary>Labels that users may put on targets, and that rules look at: see ReplicasDisagree and TargetUnreachable.</summary>
    private static readonly string[] s_targetLabels = ["replica_certificates", "unreachable"];

    private static readonly string[] s_severities = ["critical", "warning", "info", "none"];
    private static readonly string[] s_annotations = ["description", "runbook_url", "summary"];

    private static KnownMetrics Known { get; } = KnownMetrics.Exposed.With(ShippedRules.Recorded());

    public static TheoryData<string> RuleFiles => [.. AlertFiles.RuleFiles.Select(Path.GetFileName).OfType<string>()];

    public static TheoryData<string> TestFiles => [.. AlertFiles.TestFiles.Select(Path.GetFileName).OfType<string>()];

    [NeedsTheory("promtool")]
    [MemberData(nameof(RuleFiles))]
    public async Task Promtool_finds_nothing_to_say_about_the_rules(string file)
    {
        var (exitCode, said) = await Tool.Run("", "promtool", "check", "rules", "--lint=all", "--lint-fatal", Path.Combine(ShippedRules.Folder, file));

        Assert.True(exitCode == 0, said);
    }

    [NeedsTheory("promtool")]
    [MemberData(nameof(TestFiles))]
    public async Task The_rules_fire_and_are_silent_as_their_unit_tests_say(string file)
    {
        var (exitCode, said) = await Tool.Run("", "promtool", "test", "rules", Path.Combine(ShippedRules.Folder, "tests", file));

        Assert.True(exitCode == 0, said);
    }

    [Fact]
    public void Every_alert_has_a_case_in_which_it_fires_with_the_texts_that_are_expected() => Assert.All(
        AlertFiles.Alerts, alert => Assert.Contains(AlertFiles.Cases, test => test.Name == alert.Name && test.Worded.Contains(alert.Severity)));

    /// <summary>The watchdog is never silent.</summary>
    [Fact]
    public void Every_alert_has_a_case_in_which_it_is_silent() => Assert.Equal(
        ["MtlsProbeWatchdog"],
        AlertFiles.Alerts.Where(alert => !AlertFiles.Cases.Any(test => test.Name == alert.Name && !test.Severities.Contains(alert.Severity))).Select(alert => alert.Name));

    [Fact]
    public void Every_test_of_an_alert_is_about_one_that_exists() =>
        Assert.Empty(AlertFiles.Cases.Select(test => test.Name).Except(AlertFiles.Alerts.Select(alert => alert.Name)));

    [Fact]
    public void Every_alert_has_a_severity_and_our_prefix() => Assert.All(AlertFiles.Alerts, alert =>
    {
        Assert.Contains(alert.Severity, s_severities);
        Assert.StartsWith("MtlsProbe", alert.Name, StringComparison.Ordinal);
    });

    [Fact]
    public void Every_alert_says_what_is_wrong_what_to_do_and_where_to_read_more() => Assert.All(AlertFiles.Alerts, alert =>
    {
        Assert.Equal(s_annotations, alert.Annotations.Keys.Order());
        Assert.Matches("^[A-Z][^{}\n]+\\.$", alert.Annotations["summary"]);
        Assert.Equal($"{Runbooks}{alert.Name}.md", alert.Annotations["runbook_url"]);
    });

    /// <summary>
    /// For a target, the diagnosis; for a credential or a trust bundle, its effect at all servers; for files, the check of the configuration.
    /// </summary>
    [Fact]
    public void Every_description_of_a_target_or_a_credential_ends_in_a_command_to_run() => Assert.All(
        AlertFiles.Alerts.Where(alert => alert.Annotations["description"].Contains("$labels", StringComparison.Ordinal)),
        alert => Assert.Matches("(mtlsprobe (probe|preflight|forecast|check-config)( |$)|curl |dashboard of the exporter)", alert.Annotations["description"]));

    /// <summary>A relative file is wrong in the directory where the reader happens to be.</summary>
    [Fact]
    public void A_command_of_a_description_reads_the_default_configuration() =>
        Assert.All(AlertFiles.Alerts, alert => Assert.DoesNotContain("--config.file", alert.Annotations["description"], StringComparison.Ordinal));

    [Fact]
    public void Rules_use_metrics_and_labels_that_exist()
    {
        foreach (var (record, expression) in ShippedRules.Recorded()) Assert.True(Unknown(expression) == "", $"{record}: {Unknown(expression)}");
        foreach (var alert in AlertFiles.Alerts) Assert.True(Unknown(alert.Expression) == "", $"{alert}: {Unknown(alert.Expression)}");
    }

    [Fact]
    public void Descriptions_use_metrics_and_labels_that_exist()
    {
        foreach (var alert in AlertFiles.Alerts)
        {
            var description = alert.Annotations["description"];
            var labels = Known.LabelsOf(alert.Expression);
            Assert.All(Reference().Matches(description), match => Assert.Contains(match.Groups["label"].Value, labels));
            foreach (var query in Query().Matches(description).Select(match => match.Groups["query"].Value))
            {
                var expression = query.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("%q", "\"…\"", StringComparison.Ordinal).Replace("%s", "vector(1)", StringComparison.Ordinal);
                Assert.True(Unknown(expression) == "", $"{alert}: {Unknown(expression)}");
            }
        }
    }

    [Fact]
    public void Recorded_series_have_names_of_three_parts() => Assert.All(ShippedRules.Recorded(), rule => Assert.Matches("^[a-z_]+:mtlsprobe_[a-z_]+:[a-z0-9_]+$", rule.Record));

    /// <summary>Every recorded series is used by a rule, or by the text of one.</summary>
    [Fact]
    public void Every_recorded_series_is_used()
    {
        var uses = AlertFiles.Alerts.Select(alert => alert.Expression + alert.Annotations["description"])
            .Concat(ShippedRules.Recorded().Select(rule => rule.Expression.Replace(rule.Record, "", StringComparison.Ordinal))).ToList();
        Assert.All(ShippedRules.Recorded(), rule => Assert.Contains(uses, use => use.Contains(rule.Record, StringComparison.Ordinal)));
    }

    private static string Unknown(string expression) => string.Join(", ", Known.Unknown(expression, s_targetLabels));

    [GeneratedRegex(@"\$labels\.(?<label>\w+)")]
    private static partial Regex Reference();

    [GeneratedRegex("""printf "(?<query>(?:[^"\\]|\\.)*)["]""")]
    private static partial Regex Query();
}
