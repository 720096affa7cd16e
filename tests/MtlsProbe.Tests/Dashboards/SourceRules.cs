using System.Text.Json.Nodes;
using MtlsProbe.EndToEnd.Dashboards;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>Where a dashboard gets its data from: the reader's choice, and nothing that is fixed in the file.</summary>
internal static class SourceRules
{
    private const string Chosen = """{"type":"prometheus","uid":"${datasource}"}""";

    public static IReadOnlyList<Rule> All { get; } =
    [
        new("The data source is a variable, and the first", (dashboard, _) =>
            dashboard.Variables is [{ Name: "datasource", Type: "datasource", Query: "prometheus" }, ..] ? [] : [dashboard.Name]),
        new("Nothing has another data source than the chosen one", (dashboard, _) => Rule.Properties(dashboard.Json)
            .Where(property => property.Key == "datasource" && property.Value?.ToJsonString() != Chosen)
            .Select(property => $"{dashboard.Name}: {property.Value?.ToJsonString()}")),
        new("Every panel, query, variable and annotation names the data source", (dashboard, _) => Asking(dashboard)
            .Where(item => !item.Json.ContainsKey("datasource")).Select(item => $"{dashboard.Name}: {item.Name}")),
        new("No uid is wired into the file but the dashboard's own", (dashboard, _) => Rule.Properties(dashboard.Json)
            .Where(property => property.Key is "uid" or "dashboardUid" && (string?)property.Value != dashboard.Uid && (string?)property.Value != "${datasource}")
            .Select(property => $"{dashboard.Name}: {property.Key}")),
        new("Job and exporter can be chosen, several or all", (dashboard, _) => new[] { "job", "instance" }
            .Where(name => dashboard.Variables.SingleOrDefault(variable => variable.Name == name) is not { IsMulti: true, HasAll: true, Type: "query" })
            .Select(name => $"{dashboard.Name}: {name}")),
        new("Where all can be chosen, all is what a dashboard begins with", (dashboard, _) => dashboard.Json["templating"]!["list"].Objects()
            .Where(variable => (bool?)variable["includeAll"] == true && variable["current"]?["value"]?.ToJsonString() != """["$__all"]""")
            .Select(variable => $"{dashboard.Name}: {variable.Text("name")}")),
    ];

    private static IEnumerable<(string Name, JsonObject Json)> Asking(Dashboard dashboard) =>
    [
        .. Rule.PanelsOf(dashboard).SelectMany(panel => panel["targets"].Objects().Prepend(panel).Select(json => (panel.Text("title"), json))),
        .. dashboard.Json["templating"]!["list"].Objects().Where(json => json.Text("type") is "query" or "adhoc").Select(json => (json.Text("name"), json)),
        .. dashboard.Annotations.Select(json => (json.Text("name"), json)),
    ];
}
