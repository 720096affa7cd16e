using YamlDotNet.RepresentationModel;

namespace MtlsProbe.Tests.Alerts;

/// <summary>The rule files of <c>alerts/</c>, unchanged.</summary>
internal static class ShippedRules
{
    /// <summary>Their folder.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "alerts");

    /// <summary>The groups of all files, in the order of the files' names.</summary>
    public static IReadOnlyList<YamlNode> Groups() =>
        [.. Directory.GetFiles(Folder, "*.rules.yml").Order(StringComparer.Ordinal).SelectMany(file => (YamlSequenceNode)Documents(file).Single()["groups"])];

    /// <summary>Recording rules, in the order of their files.</summary>
    public static IReadOnlyList<(string Record, string Expression)> Recorded() =>
        [.. Rules().Where(rule => Text(rule, "record") is not null).Select(rule => (Text(rule, "record")!, Text(rule, "expr")!))];

    /// <summary>Alert names, each with the severities of its rules.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> Severities() =>
        Rules().Where(rule => Text(rule, "alert") is not null).GroupBy(rule => Text(rule, "alert")!)
            .ToDictionary(alert => alert.Key, alert => (IReadOnlySet<string>)alert.Select(rule => rule["labels"]["severity"].ToString()).ToHashSet());

    /// <summary>The documents of a YAML file.</summary>
    public static IReadOnlyList<YamlNode> Documents(string file) => Yaml.Documents(File.ReadAllText(file));

    private static IEnumerable<YamlMappingNode> Rules() => Groups().SelectMany(group => (YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>();

    private static string? Text(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var value) ? value.ToString() : null;
}
