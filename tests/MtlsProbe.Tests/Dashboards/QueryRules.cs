using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Dashboards;
using MtlsProbe.Tests.PromQl;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>The queries, and whether their answers fit the panel.</summary>
internal static partial class QueryRules
{
    /// <summary>Variables that Grafana itself sets.</summary>
    private static readonly string[] s_ofGrafana = ["__rate_interval", "__range", "__interval"];

    /// <summary>A label of users' targets that the shipped rules and dashboards know.</summary>
    private const string OwnLabel = "replica_certificates";

    /// <summary>The parts of the transformation "organize" about a field.</summary>
    private static readonly string[] s_byField = ["excludeByName", "indexByName", "renameByName"];

    public static IReadOnlyList<Rule> All { get; } =
    [
        OfQueries("Every selector keeps to the chosen jobs and exporters", (_, query) =>
            PromQlNames.Of(query.Expression).Selectors.All(IsChosen) ? [] : [query.Expression]),
        OfQueries("Every metric and every label of a query exists", (_, query) => KnownMetrics.Exposed.Unknown(query.Expression, OwnLabel)),
        OfQueries("Every variable of a query is one of the dashboard or of Grafana", (dashboard, query) => Variables(query.Expression)
            .Except(s_ofGrafana).Except(dashboard.Variables.Select(variable => variable.Name))),
        OfQueries("A rate is taken over Grafana's interval or over all the time shown", (_, query) =>
            Ranges().All(query.Expression, "range").Except(["$__rate_interval", "$__range"])),
        new("Every variable narrows what the ones after it offer", (dashboard, _) => Unchained(dashboard)),
        new("Every variable is used", (dashboard, _) => dashboard.Variables.Skip(1).Where(variable => variable.Type != "adhoc").Select(variable => variable.Name)
            .Except(dashboard.Queries.SelectMany(query => Variables(query.Expression))).Select(name => $"{dashboard.Name}: {name}")),
        Rule.OfPanels("Queries of a panel have names of their own", panel => panel["targets"].Objects().GroupBy(target => target.Text("refId"))
            .Where(targets => targets.Count() > 1 || targets.Key.Length == 0).Select(targets => $"[{targets.Key}]")),
        Rule.OfPanels("Graphs ask for a time, and everything else for now", panel => panel["targets"].Objects()
            .Where(target => (bool?)target["instant"] == IsOverTime(panel) || (bool?)target["range"] != IsOverTime(panel)
                || (panel.Text("type") is "table" or "barchart") != (target.Text("format") == "table"))
            .Select(target => $"[{target.Text("refId")}]")),
        Rule.OfPanels("Every label of a legend is one of the query", panel => panel["targets"].Objects()
            .SelectMany(target => ShownLabels.In(target.Text("legendFormat")).Except(LabelsOf(target.Text("expr"))))),
        Rule.OfPanels("Every column of a table is one of its queries", panel => Columns(panel).Except(Fields(panel))),
        new("An annotation asks the same in the old way and in the new one", (dashboard, _) => dashboard.Annotations
            .Where(annotation => annotation.Text("expr") != annotation["target"].Text("expr"))
            .Select(annotation => $"{dashboard.Name}: {annotation.Text("name")}")),
        new("Every label of an annotation is one of its query", (dashboard, _) => dashboard.Annotations
            .SelectMany(annotation => ShownLabels.OfAnnotation(annotation).Except(LabelsOf(annotation.Text("expr")))
                .Select(label => $"{dashboard.Name}: {annotation.Text("name")}: {label}"))),
    ];

    /// <summary>The fields that the queries of a table can give.</summary>
    public static IEnumerable<string> Fields(JsonObject panel) => panel["targets"].Objects()
        .SelectMany(target => LabelsOf(target.Text("expr")).Append($"Value #{target.Text("refId")}"))
        .Concat(["Time", "Value", "__name__"]).ToHashSet();

    /// <summary>The labels that the series of an answer can have.</summary>
    private static HashSet<string> LabelsOf(string expression) =>
        PromQlNames.Of(expression).Metrics.SelectMany(KnownMetrics.Exposed.LabelsOf).Concat(MadeLabels.Of(expression)).ToHashSet();

    private static bool IsChosen(PromQlSelector selector) => IsChosen(selector, "job") && IsChosen(selector, "instance");

    /// <summary>An alert can lack the label if it is about no exporter in particular.</summary>
    private static bool IsChosen(PromQlSelector selector, string label) => selector.Matchers.Contains(new PromQlMatcher(label, "=~", $"${label}"))
        || (selector.Metric is "ALERTS" or "ALERTS_FOR_STATE" && selector.Matchers.Contains(new PromQlMatcher(label, "=~", $"${label}|")));

    private static IEnumerable<string> Columns(JsonObject panel) =>
        panel["transformations"].Objects().SelectMany(step => step.Text("id") switch
        {
            "organize" => s_byField.SelectMany(part => step["options"]![part]!.AsObject().Select(field => field.Key)),
            "convertFieldType" => step["options"]!["conversions"].Objects().Select(conversion => conversion.Text("targetField")),
            "sortBy" => step["options"]!["sort"].Objects().Select(sort => sort.Text("field")),
            _ => [],
        }).Distinct();

    private static bool IsOverTime(JsonObject panel) => panel.Text("type") is "timeseries" or "state-timeline";

    private static IEnumerable<string> Unchained(Dashboard dashboard)
    {
        List<string> before = [];
        foreach (var variable in dashboard.Variables)
        {
            if (variable.Type == "query")
            {
                var used = Variables(variable.Query).ToList();
                var missing = before.Intersect(["job", "instance"]).Except(used).Concat(used.Except(before));
                foreach (var name in missing) yield return $"{dashboard.Name}: {variable.Name}: {name}";
                var asked = LabelValues().Match(variable.Query);
                var series = asked.Groups["series"].Value;
                if (KnownMetrics.Exposed.Unknown(series).Any() || !LabelsOf(series).Contains(asked.Groups["label"].Value))
                    yield return $"{dashboard.Name}: {variable.Name}: {variable.Query}";
            }

            before.Add(variable.Name);
        }
    }

    private static Rule OfQueries(string says, Func<Dashboard, DashboardQuery, IEnumerable<string>> broken) => new(says, (dashboard, _) =>
        dashboard.Queries.SelectMany(query => broken(dashboard, query).Select(breach => $"{query.Where}: {breach}")));

    private static IEnumerable<string> Variables(string expression) => Variable().All(expression, "name").Distinct();

    [GeneratedRegex(@"\$\{?(?<name>\w+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\[(?<range>[^\]]*)\]")]
    private static partial Regex Ranges();

    [GeneratedRegex(@"^label_values\((?<series>.+), (?<label>\w+)\)$")]
    private static partial Regex LabelValues();
}
