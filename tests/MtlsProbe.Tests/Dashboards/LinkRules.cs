using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Dashboards;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>The targets of links, and the parameters that they pass on.</summary>
internal static partial class LinkRules
{
    /// <summary>The base of <c>runbook_url</c> in the rules.</summary>
    public const string Runbooks = "https://github.com/mtlsprobe/mtlsprobe/blob/main/docs/runbooks/${__data.fields.alertname}.md";

    private static readonly string[] s_always = ["${datasource:queryparam}", "${job:queryparam}", "${__url_time_range}"];

    public static IReadOnlyList<Rule> All { get; } =
    [
        new("Every dashboard links to all of them by a tag that all of them have, and takes variables and time along", (dashboard, all) =>
            dashboard.Json["links"].Objects().ToList() is [var link] && link.Text("type") == "dashboards"
                && (bool?)link["includeVars"] == true && (bool?)link["keepTime"] == true
                && Tags(link).Any() && all.All(other => Tags(link).All(Tags(other.Json).Contains)) ? [] : [dashboard.Name]),
        OfLinks("A link leads to one of the dashboards or to a runbook", (link, _, all) =>
            link.Text("url") == Runbooks || Target(link, all) is not null ? [] : [link.Text("url")]),
        OfLinks("A link to a dashboard takes data source, job, exporter and time along", (link, _, all) => Target(link, all) is null ? [] :
            s_always.Where(part => !link.Text("url").Contains(part, StringComparison.Ordinal))
                .Concat(Exporter().IsMatch(link.Text("url")) ? [] : ["instance"])),
        OfLinks("A link sets variables that the dashboard has", (link, _, all) => Target(link, all) is not { } target ? [] :
            Set().All(link.Text("url"), "name").Except(target.Variables.Select(variable => variable.Name))),
        OfLinks("A link takes its values from columns of the table", (link, panel, _) => Field().All(link.Text("url") + link.Text("title"), "name")
            .Except(QueryRules.Fields(panel).Except(Rule.Organized(panel)?["excludeByName"]?.AsObject().Select(field => field.Key) ?? []))),
        OfLinks("A value in a link is encoded", (link, _, _) => link.Text("url") == Runbooks ? [] :
            Field().All(link.Text("url"), "format").Where(format => format != ":percentencode").Select(_ => link.Text("url"))),
    ];

    /// <summary>A rule for each link of a panel, including data links of values.</summary>
    private static Rule OfLinks(string says, Func<JsonObject, JsonObject, IReadOnlyList<Dashboard>, IEnumerable<string>> broken) =>
        new(says, (dashboard, all) => Rule.PanelsOf(dashboard).SelectMany(panel =>
            panel["fieldConfig"]!["defaults"]!["links"].Objects().Concat(panel["links"].Objects())
                .SelectMany(link => broken(link, panel, all).Select(breach => $"{dashboard.Name}: {panel.Text("title")}: {breach}"))));

    private static Dashboard? Target(JsonObject link, IReadOnlyList<Dashboard> all) =>
        all.SingleOrDefault(dashboard => link.Text("url").StartsWith($"/d/{dashboard.Uid}?", StringComparison.Ordinal));

    private static IEnumerable<string> Tags(JsonObject json) => json["tags"]?.AsArray().Select(tag => (string)tag!) ?? [];

    [GeneratedRegex(@"\bvar-instance=|\$\{instance:queryparam\}")]
    private static partial Regex Exporter();

    [GeneratedRegex(@"\bvar-(?<name>\w+)=|\$\{(?<name>\w+):queryparam\}")]
    private static partial Regex Set();

    [GeneratedRegex(@"\$\{__data\.fields\.(?<name>\w+)(?<format>:\w+)?\}")]
    private static partial Regex Field();
}
