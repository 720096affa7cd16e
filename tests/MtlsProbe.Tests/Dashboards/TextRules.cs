using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Dashboards;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>What a person reads.</summary>
internal static partial class TextRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        new("A dashboard has a title and says what it is for", (dashboard, _) => new[] { "title", "description" }
            .Where(property => Dashboard.Text(dashboard.Json, property).Length == 0).Select(property => $"{dashboard.Name}: {property}")),
        new("No two panels of a dashboard have the same title", (dashboard, _) => dashboard.Panels.GroupBy(panel => Dashboard.Text(panel, "title"))
            .Where(panels => panels.Count() > 1).Select(panels => $"{dashboard.Name}: {panels.Key}")),
        Rule.OfPanels("Every panel has a title", panel => Dashboard.Text(panel, "title").Length > 0 ? [] : ["title"]),
        Rule.OfPanels("Every panel says in sentences what it shows", panel => Sentences().IsMatch(Dashboard.Text(panel, "description")) ? [] : ["description"]),
        Rule.OfPanels("Every panel says what it means when it is empty", panel => Dashboard.Text(Defaults(panel), "noValue").Length > 0 ? [] : ["noValue"]),
        Rule.OfPanels("Every number has a unit", panel => Dashboard.Text(panel, "type") == "table" ? UnnamedUnits(panel) :
            Dashboard.Text(Defaults(panel), "unit").Length > 0 ? [] : ["unit"]),
        Rule.OfPanels("A table has no unit for all of its columns, or serial numbers of digits would get it too", panel =>
            Dashboard.Text(panel, "type") == "table" && Defaults(panel).ContainsKey("unit") ? ["unit"] : []),
        Rule.OfPanels("Every panel has thresholds, or colors that tell series apart", panel =>
            Defaults(panel).ContainsKey("thresholds") || Dashboard.Text(Defaults(panel)["color"]!.AsObject(), "mode").StartsWith("palette", StringComparison.Ordinal) ? [] : ["thresholds"]),
        new("Every variable has a label and a description", (dashboard, _) => Dashboard.Objects(dashboard.Json["templating"]!["list"])
            .Where(variable => Dashboard.Text(variable, "label").Length == 0 || Dashboard.Text(variable, "description").Length == 0)
            .Select(variable => $"{dashboard.Name}: {Dashboard.Text(variable, "name")}")),
    ];

    private static JsonObject Defaults(JsonObject panel) => panel["fieldConfig"]!["defaults"]!.AsObject();

    /// <summary>Columns with the value of a query that are no time, have no texts for their values, and no unit in their heading.</summary>
    private static IEnumerable<string> UnnamedUnits(JsonObject panel)
    {
        var organized = Rule.Organized(panel);
        var times = Dashboard.Objects(panel["transformations"]).Where(step => Dashboard.Text(step, "id") == "convertFieldType")
            .SelectMany(step => Dashboard.Objects(step["options"]!["conversions"])).Select(conversion => Dashboard.Text(conversion, "targetField")).ToList();
        var hasTexts = Dashboard.Objects(Defaults(panel)["mappings"]).Any(mapping => Dashboard.Text(mapping, "type") == "value");
        foreach (var field in Dashboard.Objects(panel["targets"]) is var targets && targets.Count() == 1 ? (IEnumerable<string>)["Value"] : targets.Select(target => $"Value #{Dashboard.Text(target, "refId")}"))
        {
            if (organized?["excludeByName"]?[field] is not null || times.Contains(field) || hasTexts) continue;
            var heading = (string?)organized?["renameByName"]?[field] ?? field;
            if (!Unit().IsMatch(heading)) yield return heading;
        }
    }

    [GeneratedRegex(@"^\p{Lu}.*\.$", RegexOptions.Singleline)]
    private static partial Regex Sentences();

    [GeneratedRegex("^Days|%$|, seconds$")]
    private static partial Regex Unit();
}
