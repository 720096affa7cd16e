using System.Text.Json.Nodes;

namespace MtlsProbe.EndToEnd.Dashboards;

/// <summary>A Grafana dashboard as its file has it.</summary>
/// <param name="Name">Of the file, without <c>.json</c>.</param>
internal sealed record Dashboard(string Name, JsonObject Json)
{
    public string Uid => Text(Json, "uid");

    /// <summary>Rows and panels in the order of the file, with those that a collapsed row holds.</summary>
    public IReadOnlyList<JsonObject> Panels =>
        [.. Objects(Json["panels"]).SelectMany(panel => (IEnumerable<JsonObject>)[panel, .. Objects(panel["panels"])])];

    public IReadOnlyList<JsonObject> Annotations => [.. Objects(Json["annotations"]?["list"])];

    public IReadOnlyList<DashboardVariable> Variables =>
    [
        .. Objects(Json["templating"]?["list"]).Select(variable => new DashboardVariable(
            Text(variable, "name"), Text(variable, "type"), Text(variable, "query"),
            variable["multi"]?.GetValue<bool>() == true, variable["includeAll"]?.GetValue<bool>() == true, (string?)variable["allValue"])),
    ];

    /// <summary>Every query of every panel and annotation, in the order of the file.</summary>
    public IReadOnlyList<DashboardQuery> Queries =>
    [
        .. Panels.SelectMany(panel => Objects(panel["targets"]).Select(target => new DashboardQuery($"{Name}: {Text(panel, "title")}", Text(target, "refId"), Text(target, "expr")))),
        .. Annotations.Select(annotation => new DashboardQuery($"{Name}: {Text(annotation, "name")}", "annotation", Text(annotation, "expr"))),
    ];

    /// <summary>All that a directory has.</summary>
    public static IReadOnlyList<Dashboard> In(string directory) =>
        [.. Directory.GetFiles(directory, "*.json").Order(StringComparer.Ordinal).Select(file => Parse(Path.GetFileNameWithoutExtension(file), File.ReadAllText(file)))];

    public static Dashboard Parse(string name, string json) => new(name, JsonNode.Parse(json)!.AsObject());

    /// <summary>The text of a property; empty where there is none.</summary>
    public static string Text(JsonObject json, string property) => (string?)json[property] ?? "";

    /// <summary>The objects of a list; none where there is no list.</summary>
    public static IEnumerable<JsonObject> Objects(JsonNode? list) => list?.AsArray().Select(item => item!.AsObject()) ?? [];
}

/// <summary>One query to Prometheus.</summary>
/// <param name="Place">Dashboard, and panel or annotation.</param>
/// <param name="Name">Of the query in its place.</param>
/// <param name="Expression">PromQL with variables.</param>
internal sealed record DashboardQuery(string Place, string Name, string Expression)
{
    /// <summary>Dashboard, panel and query, for a person.</summary>
    public string Where => $"{Place} [{Name}]";
}

/// <summary>A variable that the reader of a dashboard sets at its top.</summary>
/// <param name="Query">What asks for its values; of a data source, its type.</param>
/// <param name="AllValue">What stands for all values; null: all that the query gives.</param>
internal sealed record DashboardVariable(string Name, string Type, string Query, bool IsMulti, bool HasAll, string? AllValue);
