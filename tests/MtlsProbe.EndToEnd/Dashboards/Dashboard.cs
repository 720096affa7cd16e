using System.Text.Json.Nodes;

namespace MtlsProbe.EndToEnd.Dashboards;

/// <summary>A Grafana dashboard as in its file.</summary>
/// <param name="Name">The name of the file, without <c>.json</c>.</param>
internal sealed record Dashboard(string Name, JsonObject Json)
{
    public string Uid => Json.Text("uid");

    /// <summary>Rows and panels in the order of the file, including those in collapsed rows.</summary>
    public IReadOnlyList<JsonObject> Panels =>
        [.. Json["panels"].Objects().SelectMany(panel => (IEnumerable<JsonObject>)[panel, .. panel["panels"].Objects()])];

    public IReadOnlyList<JsonObject> Annotations => [.. (Json["annotations"]?["list"]).Objects()];

    public IReadOnlyList<DashboardVariable> Variables =>
    [
        .. (Json["templating"]?["list"]).Objects().Select(variable => new DashboardVariable(
            variable.Text("name"), variable.Text("type"), variable.Text("query"),
            (bool?)variable["multi"] == true, (bool?)variable["includeAll"] == true, (string?)variable["allValue"], Value(variable))),
    ];

    private static string? Value(JsonObject variable) => variable.Text("type") == "textbox" ? (string?)variable["current"]?["value"] : null;

    /// <summary>Every query of every panel and annotation, in the order of the file.</summary>
    public IReadOnlyList<DashboardQuery> Queries =>
    [
        .. Panels.SelectMany(panel => panel["targets"].Objects()
            .Select(target => new DashboardQuery($"{Name}: {panel.Text("title")}", target.Text("refId"), target.Text("expr")))),
        .. Annotations.Select(annotation => new DashboardQuery($"{Name}: {annotation.Text("name")}", "annotation", annotation.Text("expr"))),
    ];

    /// <summary>All dashboards of a directory.</summary>
    public static IReadOnlyList<Dashboard> In(string directory) =>
    [
        .. Directory.GetFiles(directory, "*.json").Order(StringComparer.Ordinal)
            .Select(file => new Dashboard(Path.GetFileNameWithoutExtension(file), JsonNode.Parse(File.ReadAllText(file))!.AsObject())),
    ];
}

/// <summary>One query to Prometheus.</summary>
/// <param name="Place">The dashboard, and the panel or annotation.</param>
/// <param name="Name">The name of the query in its panel or annotation.</param>
/// <param name="Expression">PromQL with variables.</param>
internal sealed record DashboardQuery(string Place, string Name, string Expression)
{
    /// <summary>Dashboard, panel and query, for messages.</summary>
    public string Where => $"{Place} [{Name}]";
}

/// <summary>A variable that the reader of a dashboard sets at the top.</summary>
/// <param name="Query">The query for its values; for a data source, its type.</param>
/// <param name="AllValue">The value that means all; null: all values of the query.</param>
/// <param name="Value">The initial content of a text box; null for the other types.</param>
internal sealed record DashboardVariable(string Name, string Type, string Query, bool IsMulti, bool HasAll, string? AllValue, string? Value);
