using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Dashboards;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>The texts for people.</summary>
internal static partial class TextRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        new("A dashboard has a title and says what it is for", (dashboard, _) => new[] { "title", "description" }
            .Where(property => dashboard.Json.Text(property).Length == 0).Select(property => $"{dashboard.Name}: {property}")),
        new("No two panels of a dashboard have the same title", (dashboard, _) => dashboard.Panels.GroupBy(panel => panel.Text("title"))
            .Where(panels => panels.Count() > 1).Select(panels => $"{dashboard.Name}: {panels.Key}")),
        Rule.OfPanels("Every panel has a title", panel => panel.Text("title").Length > 0 ? [] : ["title"]),
        Rule.OfPanels("Every panel says in sentences what it shows", panel =>
            Sentences().IsMatch(panel.Text("description")) ? [] : ["description"]),
        Rule.OfPanels("Every panel says what it means when it is empty", panel =>
            Defaults(panel).Text("noValue").Length > 0 ? [] : ["noValue"]),
        Rule.OfPanels("Every number has a unit", panel =>
            panel.Text("type") == "table" ? UnnamedUnits(panel) : Defaults(panel).Text("unit").Length > 0 ? [] : ["unit"]),
        Rule.OfPanels("A table has no unit for all of its columns, or serial numbers of digits would get it too", panel =>
            panel.Text("type") == "table" && Defaults(panel).ContainsKey("unit") ? ["unit"] : []),
        Rule.OfPanels("Every panel has thresholds, or colors that tell series apart", panel =>
            Defaults(panel).ContainsKey("thresholds") || Defaults(panel)["color"].Text("mode").StartsWith("palette", StringComparison.Ordinal)
                ? [] : ["thresholds"]),
        new("Every variable has a label and a description", (dashboard, _) => dashboard.Json["templating"]!["list"].Objects()
            .Where(variable => variable.Text("label").Length == 0 || variable.Text("description").Length == 0)
            .Select(variable => $"{dashboard.Name}: {variable.Text("name")}")),
    ];

    private static JsonObject Defaults(JsonObject panel) => panel["fieldConfig"]!["defaults"]!.AsObject();

    /// <summary>Value columns that are not times, have no texts for their values, and no unit in their heading.</summary>
    private static IEnumerable<string> UnnamedUnits(JsonObject panel)
    {
        var organized = Rule.Organized(panel);
        var times = panel["transformations"].Objects().Where(step => step.Text("id") == "convertFieldType")
            .SelectMany(step => step["options"]!["conversions"].Objects()).Select(conversion => conversion.Text("targetField")).ToList();
        if (Defaults(panel)["mappings"].Objects().Any(mapping => mapping.Text("type") == "value")) yield break;
        var queries = panel["targets"].Objects().Select(target => target.Text("refId")).ToList();
        foreach (var field in queries.Count == 1 ? ["Value"] : queries.Select(query => $"Value #{query}"))
        {
            if (organized?["excludeByName"]?[field] is not null || times.Contains(field)) continue;
            var heading = (string?)organized?["renameByName"]?[field] ?? field;
            if (!Unit().IsMatch(heading)) yield return heading;
        }
    }

    [GeneratedRegex(@"^\p{Lu}.*\.$", RegexOptions.Singleline)]
    private static partial Regex Sentences();

    [GeneratedRegex("^Days|%$|, seconds$")]
    private static partial Regex Unit();
}
