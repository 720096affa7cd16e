using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Dashboards;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>Where a click leads, and what it takes along.</summary>
internal static partial class LinkRules
{
    private const string Runbooks = "https://github.com/mtlsprobe/mtlsprobe/blob/main/docs/runbooks/${__data.fields.alertname}.md";

    public static IReadOnlyList<Rule> All { get; } =
    [
        new("Every dashboard links to all of them by a tag that all of them have, and takes variables and time along", (dashboard, all) =>
            Dashboard.Objects(dashboard.Json["links"]).Any(link => Dashboard.Text(link, "type") == "dashboards" && (bool?)link["includeVars"] == true && (bool?)link["keepTime"] == true
                && link["tags"]!.AsArray().Count > 0 && all.All(other => link["tags"]!.AsArray().All(tag => Tags(other).Contains((string)tag!)))) ? [] : [dashboard.Name]),
        OfLinks("A link leads to one of the dashboards or to a runbook", (link, _, all) =>
            Dashboard.Text(link, "url") == Runbooks || Target(link, all) is not null ? [] : [Dashboard.Text(link, "url")]),
        OfLinks("A link to a dashboard takes data source, job, exporter and time along", (link, _, all) => Target(link, all) is null ? [] :
            new[] { "${datasource:queryparam}", "${job:queryparam}", "${__url_time_range}" }.Where(part => !Dashboard.Text(link, "url").Contains(part, StringComparison.Ordinal))
                .Concat(Given().Count(Dashboard.Text(link, "url")) > 0 ? [] : ["exporter"])),
        OfLinks("A link sets variables that the dashboard has", (link, _, all) => Target(link, all) is not { } target ? [] :
            Set().Matches(Dashboard.Text(link, "url")).Select(match => match.Groups["name"].Value).Except(target.Variables.Select(variable => variable.Name))),
        OfLinks("A link takes its values from columns of the table", (link, panel, _) => Field().Matches(Dashboard.Text(link, "url") + Dashboard.Text(link, "title"))
            .Select(match => match.Groups["name"].Value)
            .Except(QueryRules.Fields(panel).Except(Rule.Organized(panel)?["excludeByName"]?.AsObject().Select(field => field.Key) ?? []))),
        OfLinks("A value in a link is encoded", (link, _, _) => Field().Matches(Dashboard.Text(link, "url")).Where(match => match.Groups["format"].Value != ":percentencode"
            && Dashboard.Text(link, "url") != Runbooks).Select(match => match.Value)),
    ];

    private static Rule OfLinks(string says, Func<JsonObject, JsonObject, IReadOnlyList<Dashboard>, IEnumerable<string>> broken) => new(says, (dashboard, all) =>
        Rule.PanelsOf(dashboard).SelectMany(panel => Dashboard.Objects(panel["fieldConfig"]!["defaults"]!["links"]).Concat(Dashboard.Objects(panel["links"]))
            .SelectMany(link => broken(link, panel, all).Select(breach => $"{dashboard.Name}: {Dashboard.Text(panel, "title")}: {breach}"))));

    private static Dashboard? Target(JsonObject link, IReadOnlyList<Dashboard> all) =>
        all.SingleOrDefault(dashboard => Dashboard.Text(link, "url").StartsWith($"/d/{dashboard.Uid}?", StringComparison.Ordinal));

    private static IEnumerable<string> Tags(Dashboard dashboard) => dashboard.Json["tags"]?.AsArray().Select(tag => (string)tag!) ?? [];

    [GeneratedRegex(@"\bvar-instance=|\$\{instance:queryparam\}")]
    private static partial Regex Given();

    [GeneratedRegex(@"\bvar-(?<name>\w+)=|\$\{(?<name>\w+):queryparam\}")]
    private static partial Regex Set();

    [GeneratedRegex(@"\$\{__data\.fields\.(?<name>\w+)(?<format>:\w+)?\}")]
    private static partial Regex Field();
}
