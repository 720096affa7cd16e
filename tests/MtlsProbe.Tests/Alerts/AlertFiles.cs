using YamlDotNet.RepresentationModel;

namespace MtlsProbe.Tests.Alerts;

/// <summary>The files of alerts/, as their readers see them.</summary>
internal static class AlertFiles
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "alerts");

    public static string Alertmanager { get; } = Path.Combine(Folder, "alertmanager.example.yml");

    public static IReadOnlyList<string> RuleFiles { get; } = [.. Directory.GetFiles(Folder, "*.rules.yml").Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> TestFiles { get; } = [.. Directory.GetFiles(Path.Combine(Folder, "tests"), "*.test.yml").Order(StringComparer.Ordinal)];

    /// <summary>All alerting rules; a name may have two, one for each severity.</summary>
    public static IReadOnlyList<AlertRule> Alerts { get; } = [.. RuleFiles.SelectMany(Rules).Where(rule => rule.Has("alert")).Select(AlertRule.From)];

    /// <summary>All recording rules, those first that others are made of.</summary>
    public static IReadOnlyList<(string Record, string Expression)> Records { get; } =
        [.. RuleFiles.SelectMany(Rules).Where(rule => rule.Has("record")).Select(rule => (rule.Text("record"), rule.Text("expr")))];

    /// <summary>What the unit tests of the rules expect, alert by alert.</summary>
    public static IReadOnlyList<AlertCase> Cases { get; } = [.. TestFiles
        .SelectMany(file => Root(file).List("tests"))
        .SelectMany(test => test.Has("alert_rule_test") ? test.List("alert_rule_test") : [])
        .Select(AlertCase.From)];

    private static IEnumerable<YamlMappingNode> Rules(string file) => Root(file).List("groups").SelectMany(group => group.List("rules"));

    private static YamlMappingNode Root(string file)
    {
        var stream = new YamlStream();
        using var reader = new StreamReader(file);
        stream.Load(reader);
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }
}

/// <summary>An alerting rule.</summary>
internal sealed record AlertRule(string Name, string Expression, string Severity, IReadOnlyDictionary<string, string> Annotations)
{
    public static AlertRule From(YamlMappingNode rule) =>
        new(rule.Text("alert"), rule.Text("expr"), rule.Map("labels")["severity"], rule.Map("annotations"));

    public override string ToString() => $"{Name} ({Severity})";
}

/// <summary>One expectation of a unit test: what fires of an alert at a moment.</summary>
/// <param name="Severities">Of what fires; none when it is silent.</param>
/// <param name="Worded">The severities whose texts are expected, too.</param>
internal sealed record AlertCase(string Name, IReadOnlyList<string> Severities, IReadOnlyList<string> Worded)
{
    public static AlertCase From(YamlMappingNode test)
    {
        var alerts = test.Has("exp_alerts") ? test.List("exp_alerts").ToList() : [];
        return new(test.Text("alertname"), [.. alerts.Select(Severity)], [.. alerts.Where(alert => alert.Has("exp_annotations")).Select(Severity)]);
    }

    private static string Severity(YamlMappingNode alert) => alert.Map("exp_labels")["severity"];
}

/// <summary>Short words for YAML's nodes.</summary>
internal static class YamlNodes
{
    public static bool Has(this YamlMappingNode node, string key) => node.Children.ContainsKey(key);

    public static string Text(this YamlMappingNode node, string key) => ((YamlScalarNode)node.Children[key]).Value ?? "";

    public static IEnumerable<YamlMappingNode> List(this YamlMappingNode node, string key) => ((YamlSequenceNode)node.Children[key]).Cast<YamlMappingNode>();

    public static IReadOnlyDictionary<string, string> Map(this YamlMappingNode node, string key) =>
        ((YamlMappingNode)node.Children[key]).ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => ((YamlScalarNode)pair.Value).Value ?? "");
}
