using System.Text.Json.Nodes;
using MtlsProbe.EndToEnd.Dashboards;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>A property of every dashboard.</summary>
/// <param name="Says">The rule, as a sentence.</param>
/// <param name="Breaches">Where one of the dashboards breaks it.</param>
internal sealed record Rule(string Says, Func<Dashboard, IReadOnlyList<Dashboard>, IEnumerable<string>> Breaches)
{
    public static IReadOnlyList<Rule> All { get; } = [.. LayoutRules.All, .. TextRules.All, .. SourceRules.All, .. QueryRules.All, .. LinkRules.All];

    /// <summary>A rule for each panel that shows data.</summary>
    /// <param name="broken">What is wrong with a panel; nothing if it is correct.</param>
    public static Rule OfPanels(string says, Func<JsonObject, IEnumerable<string>> broken) => new(says, (dashboard, _) => PanelsOf(dashboard)
        .SelectMany(panel => broken(panel).Select(breach => $"{dashboard.Name}: {panel.Text("title")}: {breach}")));

    /// <summary>All panels but rows.</summary>
    public static IEnumerable<JsonObject> PanelsOf(Dashboard dashboard) => dashboard.Panels.Where(panel => panel.Text("type") != "row");

    /// <summary>What the panel does with the fields of a table.</summary>
    public static JsonObject? Organized(JsonObject panel) =>
        panel["transformations"].Objects().LastOrDefault(step => step.Text("id") == "organize")?["options"]?.AsObject();

    /// <summary>Every property of an object, and of those in it.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> Properties(JsonNode? node) => node switch
    {
        JsonObject item => item.SelectMany(property => Properties(property.Value).Prepend(property)),
        JsonArray list => list.SelectMany(Properties),
        _ => [],
    };
}
