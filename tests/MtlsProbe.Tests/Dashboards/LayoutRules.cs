using System.Text.Json.Nodes;
using MtlsProbe.EndToEnd.Dashboards;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>How a dashboard is identified and laid out.</summary>
internal static class LayoutRules
{
    private const int Columns = 24;

    /// <summary>Properties that Grafana writes into an export, and that a maintained file does not need.</summary>
    private static readonly string[] s_exported =
        ["__inputs", "__requires", "__elements", "iteration", "gnetId", "snapshot", "libraryPanel", "builtIn"];

    public static IReadOnlyList<Rule> All { get; } =
    [
        new("A dashboard has a stable uid and no id of a Grafana", (dashboard, _) =>
        [
            .. dashboard.Json.ContainsKey("id") && dashboard.Json["id"] is null ? (IEnumerable<string>)[] : [$"{dashboard.Name}: id is not null"],
            .. dashboard.Uid == $"mtlsprobe-{dashboard.Name}" ? (IEnumerable<string>)[] : [$"{dashboard.Name}: uid is \"{dashboard.Uid}\""],
        ]),
        new("A dashboard is of a recent schema", (dashboard, _) =>
            (int?)dashboard.Json["schemaVersion"] >= 39 ? [] : [$"{dashboard.Name}: schemaVersion"]),
        new("Nothing is left of an export", (dashboard, _) => Rule.Properties(dashboard.Json)
            .Where(property => s_exported.Contains(property.Key)).Select(property => $"{dashboard.Name}: {property.Key}")),
        new("Panels are numbered from 1 in their order", (dashboard, _) => dashboard.Panels.Select((panel, at) => (Panel: panel, Number: at + 1))
            .Where(item => (int?)item.Panel["id"] != item.Number)
            .Select(item => $"{dashboard.Name}: {item.Panel.Text("title")}: id is not {item.Number}")),
        new("Panels lie within the grid and not upon each other", (dashboard, _) => Misplaced(dashboard)),
        new("Rows are open", (dashboard, _) => dashboard.Panels
            .Where(panel => panel.Text("type") == "row" && ((bool?)panel["collapsed"] != false || panel["panels"]?.AsArray().Count != 0))
            .Select(panel => $"{dashboard.Name}: {panel.Text("title")}")),
    ];

    private static IEnumerable<string> Misplaced(Dashboard dashboard)
    {
        Dictionary<(int X, int Y), string> taken = [];
        foreach (var panel in dashboard.Panels)
        {
            var title = panel.Text("title");
            var grid = panel["gridPos"]?.AsObject();
            var (x, y, width, height) = (Number(grid, "x"), Number(grid, "y"), Number(grid, "w"), Number(grid, "h"));
            if (x < 0 || y < 0 || width < 1 || height < 1 || x + width > Columns)
                yield return $"{dashboard.Name}: {title}: {grid?.ToJsonString()}";
            foreach (var cell in Cells(x, y, width, height))
            {
                if (taken.TryAdd(cell, title)) continue;
                yield return $"{dashboard.Name}: {title}: lies upon {taken[cell]}";
                break;
            }
        }
    }

    private static IEnumerable<(int X, int Y)> Cells(int x, int y, int width, int height) =>
        from column in Enumerable.Range(x, Math.Max(width, 0)) from line in Enumerable.Range(y, Math.Max(height, 0)) select (column, line);

    private static int Number(JsonObject? grid, string property) => (int?)grid?[property] ?? -1;
}
