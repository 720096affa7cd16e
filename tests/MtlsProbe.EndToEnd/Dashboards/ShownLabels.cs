using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MtlsProbe.EndToEnd.Dashboards;

/// <summary>The labels that a reader is shown: in legends, in columns of tables, in the texts of annotations.</summary>
internal static partial class ShownLabels
{
    /// <summary>By place.</summary>
    public static ILookup<string, string> Of(Dashboard dashboard) => Places(dashboard)
        .SelectMany(place => place.Labels.Select(label => (place.Name, Label: label))).ToLookup(item => item.Name, item => item.Label);

    private static IEnumerable<(string Name, IEnumerable<string> Labels)> Places(Dashboard dashboard) =>
    [
        .. dashboard.Panels.Select(panel => ($"{dashboard.Name}: {Dashboard.Text(panel, "title")}", Legends(panel).Concat(Columns(panel)))),
        .. dashboard.Annotations.Select(annotation => ($"{dashboard.Name}: {Dashboard.Text(annotation, "name")}",
            In(Dashboard.Text(annotation, "titleFormat")).Concat(In(Dashboard.Text(annotation, "textFormat"))).Concat(Dashboard.Text(annotation, "tagKeys").Split(',')))),
    ];

    private static IEnumerable<string> Legends(JsonObject panel) => Dashboard.Objects(panel["targets"]).SelectMany(target => In(Dashboard.Text(target, "legendFormat")));

    /// <summary>Fields that are given a heading, but for the values.</summary>
    private static IEnumerable<string> Columns(JsonObject panel) => Dashboard.Objects(panel["transformations"]).Where(step => Dashboard.Text(step, "id") == "organize")
        .SelectMany(step => step["options"]!["renameByName"]!.AsObject().Select(field => field.Key)).Where(field => !field.StartsWith("Value", StringComparison.Ordinal));

    private static IEnumerable<string> In(string format) => Placeholder().Matches(format).Select(match => match.Groups["label"].Value);

    [GeneratedRegex(@"\{\{(?<label>\w+)\}\}")]
    private static partial Regex Placeholder();
}
