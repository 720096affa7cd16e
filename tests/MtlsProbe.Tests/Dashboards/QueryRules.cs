using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Dashboards;
using MtlsProbe.Tests.PromQl;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>What is asked, and whether the answer can be what the panel makes of it.</summary>
internal static partial class QueryRules
{
    /// <summary>Variables that Grafana itself sets.</summary>
    private static readonly string[] s_ofGrafana = ["__rate_interval", "__range", "__interval"];

    /// <summary>A label of users' targets that the shipped rules know, and the dashboards with them.</summary>
    private const string OwnLabel = "replica_certificates";

    /// <summary>What the transformation "organize" says of a field.</summary>
    private static readonly string[] s_byField = ["excludeByName", "indexByName", "renameByName"];

    public static IReadOnlyList<Rule> All { get; } =
    [
        OfQueries("Every selector keeps to the chosen jobs and exporters", (_, query) => PromQlNames.Of(query.Expression).Selectors.All(IsChosen) ? [] : [query.Expression]),
        OfQueries("Every metric and every label of a query exists", (_, query) => KnownMetrics.Exposed.Unknown(query.Expression, OwnLabel)),
        OfQueries("Every variable of a query is one of the dashboard or of Grafana", (dashboard, query) => Variables(query.Expression)
            .Except(s_ofGrafana).Except(dashboard.Variables.Select(variable => variable.Name))),
        OfQueries("A rate is taken over Grafana's interval or over all the time shown", (_, query) => Ranges().Matches(query.Expression)
            .Select(match => match.Groups["range"].Value).Except(["$__rate_interval", "$__range"])),
        new("Every variable narrows what the ones after it offer", (dashboard, _) => Unchained(dashboard)),
        new("Every variable is used", (dashboard, _) => dashboard.Variables.Select(variable => variable.Name).Skip(1)
            .Except(dashboard.Queries.SelectMany(query => Variables(query.Expression))).Select(name => $"{dashboard.Name}: {name}")),
        Rule.OfPanels("Queries of a panel have names of their own", panel => Dashboard.Objects(panel["targets"])
            .GroupBy(target => Dashboard.Text(target, "refId")).Where(targets => targets.Count() > 1 || targets.Key.Length == 0).Select(targets => $"[{targets.Key}]")),
        Rule.OfPanels("Graphs ask for a time, and everything else for now", panel => Dashboard.Objects(panel["targets"])
            .Where(target => (bool?)target["instant"] == IsOverTime(panel) || (bool?)target["range"] != IsOverTime(panel)
                || (Dashboard.Text(panel, "type") is "table" or "barchart") != (Dashboard.Text(target, "format") == "table"))
            .Select(target => $"[{Dashboard.Text(target, "refId")}]")),
        Rule.OfPanels("Every label of a legend is one of the query", panel => Dashboard.Objects(panel["targets"]).SelectMany(target =>
            Placeholder().Matches(Dashboard.Text(target, "legendFormat")).Select(match => match.Groups["label"].Value).Except(LabelsOf(Dashboard.Text(target, "expr"))))),
        Rule.OfPanels("Every column of a table is one of its queries", panel => Columns(panel).Except(Fields(panel))),
        new("An annotation asks the same in the old way and in the new one", (dashboard, _) => dashboard.Annotations
            .Where(annotation => Dashboard.Text(annotation, "expr") != (string?)annotation["target"]?["expr"]).Select(annotation => $"{dashboard.Name}: {Dashboard.Text(annotation, "name")}")),
        new("Every label of an annotation is one of its query", (dashboard, _) => dashboard.Annotations.SelectMany(annotation =>
            Placeholder().Matches(Dashboard.Text(annotation, "titleFormat") + Dashboard.Text(annotation, "textFormat")).Select(match => match.Groups["label"].Value)
                .Concat(Dashboard.Text(annotation, "tagKeys").Split(',')).Except(LabelsOf(Dashboard.Text(annotation, "expr")))
                .Select(label => $"{dashboard.Name}: {Dashboard.Text(annotation, "name")}: {label}"))),
    ];

    /// <summary>The fields that the queries of a table can give.</summary>
    public static IEnumerable<string> Fields(JsonObject panel) => Dashboard.Objects(panel["targets"])
        .SelectMany(target => LabelsOf(Dashboard.Text(target, "expr")).Append($"Value #{Dashboard.Text(target, "refId")}"))
        .Concat(["Time", "Value", "__name__"]).ToHashSet();

    /// <summary>The labels that the series of an answer can have.</summary>
    private static HashSet<string> LabelsOf(string expression) =>
        PromQlNames.Of(expression).Metrics.SelectMany(KnownMetrics.Exposed.LabelsOf).Concat(MadeLabels.Of(expression)).ToHashSet();

    private static bool IsChosen(PromQlSelector selector) => IsChosen(selector, "job") && IsChosen(selector, "instance");

    /// <summary>An alert may be without the label, being about no exporter in particular.</summary>
    private static bool IsChosen(PromQlSelector selector, string label) => selector.Matchers.Any(matcher => matcher.Label == label && matcher.Operator == "=~"
        && (matcher.Value == $"${label}" || (matcher.Value == $"${label}|" && selector.Metric.StartsWith("ALERTS", StringComparison.Ordinal))));

    private static IEnumerable<string> Columns(JsonObject panel) =>
        Dashboard.Objects(panel["transformations"]).SelectMany(step => Dashboard.Text(step, "id") switch
        {
            "organize" => s_byField.SelectMany(part => step["options"]![part]!.AsObject().Select(field => field.Key)),
            "convertFieldType" => Dashboard.Objects(step["options"]!["conversions"]).Select(conversion => Dashboard.Text(conversion, "targetField")),
            "sortBy" => Dashboard.Objects(step["options"]!["sort"]).Select(sort => Dashboard.Text(sort, "field")),
            _ => [],
        }).Distinct();

    private static bool IsOverTime(JsonObject panel) => Dashboard.Text(panel, "type") is "timeseries" or "state-timeline";

    private static IEnumerable<string> Unchained(Dashboard dashboard)
    {
        foreach (var (variable, before) in dashboard.Variables.Select((variable, at) => (variable, dashboard.Variables.Take(at))))
        {
            if (variable.Type != "query") continue;
            foreach (var needed in before.Select(other => other.Name).Intersect(["job", "instance"]).Except(Variables(variable.Query))) yield return $"{dashboard.Name}: {variable.Name}: {needed}";
            foreach (var later in Variables(variable.Query).Except(before.Select(other => other.Name))) yield return $"{dashboard.Name}: {variable.Name}: {later}";
            var asked = LabelValues().Match(variable.Query);
            if (!asked.Success || KnownMetrics.Exposed.Unknown(asked.Groups["series"].Value).Any() || !LabelsOf(asked.Groups["series"].Value).Contains(asked.Groups["label"].Value))
                yield return $"{dashboard.Name}: {variable.Name}: {variable.Query}";
        }
    }

    private static Rule OfQueries(string says, Func<Dashboard, DashboardQuery, IEnumerable<string>> broken) => new(says, (dashboard, _) =>
        dashboard.Queries.SelectMany(query => broken(dashboard, query).Select(breach => $"{query.Where}: {breach}")));

    private static IEnumerable<string> Variables(string expression) => Variable().Matches(expression).Select(match => match.Groups["name"].Value).Distinct();

    [GeneratedRegex(@"\$\{?(?<name>\w+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\[(?<range>[^\]]*)\]")]
    private static partial Regex Ranges();

    [GeneratedRegex(@"\{\{(?<label>\w+)\}\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^label_values\((?<series>.+), (?<label>\w+)\)$")]
    private static partial Regex LabelValues();
}
