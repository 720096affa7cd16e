using YamlDotNet.RepresentationModel;

namespace MtlsProbe.Tests.Alerts;

/// <summary>The content of alerts/ besides the rules themselves (<see cref="ShippedRules"/>), and the individual alerts.</summary>
internal static class AlertFiles
{
    public static string Alertmanager { get; } = Path.Combine(ShippedRules.Folder, "alertmanager.example.yml");

    public static IReadOnlyList<string> RuleFiles { get; } = Files(ShippedRules.Folder, "*.rules.yml");

    public static IReadOnlyList<string> TestFiles { get; } = Files(Path.Combine(ShippedRules.Folder, "tests"), "*.test.yml");

    /// <summary>All alerting rules; a name may have two, one for each severity.</summary>
    public static IReadOnlyList<AlertRule> Alerts { get; } =
        [.. ShippedRules.Groups().SelectMany(group => group.List("rules")).Where(rule => rule.Has("alert")).Select(AlertRule.From)];

    /// <summary>What the unit tests of the rules expect for each alert.</summary>
    public static IReadOnlyList<AlertCase> Cases { get; } = [.. TestFiles
        .SelectMany(file => ShippedRules.Documents(file).Single().List("tests"))
        .SelectMany(test => test.List("alert_rule_test"))
        .Select(AlertCase.From)];

    private static IReadOnlyList<string> Files(string folder, string pattern) => [.. Directory.GetFiles(folder, pattern).Order(StringComparer.Ordinal)];
}

/// <summary>An alerting rule.</summary>
internal sealed record AlertRule(string Name, string Expression, string Severity, IReadOnlyDictionary<string, string> Annotations)
{
    public static AlertRule From(YamlMappingNode rule) =>
        new(rule.Text("alert"), rule.Text("expr"), rule.Map("labels")["severity"], rule.Map("annotations"));

    public override string ToString() => $"{Name} ({Severity})";
}

/// <summary>One expectation of a unit test: which alerts of a name fire at a time.</summary>
/// <param name="Severities">The severities that fire; none if the alert is silent.</param>
/// <param name="Worded">The severities whose texts are checked too.</param>
internal sealed record AlertCase(string Name, IReadOnlyList<string> Severities, IReadOnlyList<string> Worded)
{
    public static AlertCase From(YamlMappingNode test)
    {
        var alerts = test.List("exp_alerts").ToList();
        return new(test.Text("alertname"), [.. alerts.Select(Severity)], [.. alerts.Where(alert => alert.Has("exp_annotations")).Select(Severity)]);
    }

    private static string Severity(YamlMappingNode alert) => alert.Map("exp_labels")["severity"];
}
