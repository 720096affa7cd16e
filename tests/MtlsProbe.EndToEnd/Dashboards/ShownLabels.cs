using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MtlsProbe.EndToEnd.Dashboards;

/// <summary>The labels that a reader sees: in legends, table columns and the texts of annotations.</summary>
internal static partial class ShownLabels
{
    /// <summary>By place.</summary>
    public static ILookup<string, string> Of(Dashboard dashboard) => Places(dashboard)
        .SelectMany(place => place.Labels.Select(label => (place.Name, Label: label))).ToLookup(item => item.Name, item => item.Label);

    private static IEnumerable<(string Name, IEnumerable<string> Labels)> Places(Dashboard dashboard) =>
    [
        .. dashboard.Panels.Select(panel => ($"{dashboard.Name}: {panel.Text("title")}", Legends(panel).Concat(Columns(panel)))),
        .. dashboard.Annotations.Select(annotation => ($"{dashboard.Name}: {annotation.Text("name")}", OfAnnotation(annotation))),
    ];

    /// <summary>The parts of an annotation: its title, its text and its tags.</summary>
    public static IEnumerable<string> OfAnnotation(JsonObject annotation) =>
        [.. In(annotation.Text("titleFormat")), .. In(annotation.Text("textFormat")), .. annotation.Text("tagKeys").Split(',')];

    /// <summary>The labels in <c>{{these}}</c>.</summary>
    public static IEnumerable<string> In(string format) => Placeholder().All(format, "label");

    private static IEnumerable<string> Legends(JsonObject panel) => panel["targets"].Objects().SelectMany(target => In(target.Text("legendFormat")));

    /// <summary>Fields with a heading, except the values.</summary>
    private static IEnumerable<string> Columns(JsonObject panel) => panel["transformations"].Objects()
        .Where(step => step.Text("id") == "organize")
        .SelectMany(step => step["options"]!["renameByName"]!.AsObject().Select(field => field.Key))
        .Where(field => !field.StartsWith("Value", StringComparison.Ordinal));

    [GeneratedRegex(@"\{\{(?<label>\w+)\}\}")]
    private static partial Regex Placeholder();
}
