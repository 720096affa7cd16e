using System.Text.Json.Nodes;
using MtlsProbe.EndToEnd.Dashboards;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>A possible mistake in a shipped dashboard.</summary>
/// <param name="Rule">The rule that it breaks.</param>
/// <param name="Dashboard">Where the mistake is made.</param>
internal sealed record Mistake(string Rule, string Name, string Dashboard, Action<JsonObject> Make);

/// <summary>One or more mistakes for each rule.</summary>
internal static class BadDashboards
{
    private const string Failing = "Handshakes failing";
    private const string WhatFails = "What fails, and why";

    public static IReadOnlyList<Mistake> All { get; } =
    [
        Fleet("A dashboard has a stable uid and no id of a Grafana", "an id", json => json["id"] = 7),
        Fleet("A dashboard has a stable uid and no id of a Grafana", "another uid", json => json["uid"] = "aeb1c2d3"),
        Fleet("A dashboard is of a recent schema", "an old schema", json => json["schemaVersion"] = 16),
        Fleet("Nothing is left of an export", "inputs of an export", json => json["__inputs"] = new JsonArray()),
        Fleet("Panels are numbered from 1 in their order", "an id that is used twice", json => Panel(json, Failing)["id"] = 1),
        Fleet("Panels lie within the grid and not upon each other",
            "a panel upon another", json => Panel(json, Failing)["gridPos"]!["x"] = 8),
        Fleet("Panels lie within the grid and not upon each other",
            "a panel that is too wide", json => Panel(json, "Not ready for next")["gridPos"]!["w"] = 4),
        Fleet("Rows are open", "a row that is closed", json => Panel(json, "Certificates")["collapsed"] = true),

        Fleet("A dashboard has a title and says what it is for", "no description", json => json.Remove("description")),
        Fleet("No two panels of a dashboard have the same title",
            "a title that is used twice", json => Panel(json, Failing)["title"] = WhatFails),
        Fleet("Every panel has a title", "no title", json => Panel(json, Failing)["title"] = ""),
        Fleet("Every panel says in sentences what it shows",
            "no description of a panel", json => Panel(json, Failing).Remove("description")),
        Fleet("Every panel says in sentences what it shows",
            "a description that is no sentence", json => Panel(json, Failing)["description"] = "failing"),
        Fleet("Every panel says what it means when it is empty", "no text for no data", json => Defaults(json, Failing).Remove("noValue")),
        Fleet("Every number has a unit", "a number without a unit", json => Defaults(json, Failing).Remove("unit")),
        Fleet("Every number has a unit",
            "a column without a unit", json => Organized(json, "Certificates of servers")["renameByName"]!["Value #A"] = "Left"),
        Fleet("A table has no unit for all of its columns, or serial numbers of digits would get it too",
            "a unit for a table", json => Defaults(json, WhatFails)["unit"] = "s"),
        Fleet("Every panel has thresholds, or colors that tell series apart",
            "no thresholds", json => Defaults(json, Failing).Remove("thresholds")),
        Fleet("Every variable has a label and a description",
            "a variable without a label", json => Variable(json, "target").Remove("label")),

        Fleet("The data source is a variable, and the first",
            "a data source of another kind", json => Variable(json, "datasource")["query"] = "loki"),
        Fleet("Nothing has another data source than the chosen one",
            "a data source by its uid", json => Target(json, Failing)["datasource"]!["uid"] = "PBFA97CFB590B2093"),
        Fleet("Nothing has another data source than the chosen one",
            "a data source by its name", json => Panel(json, Failing)["datasource"] = "Prometheus"),
        Fleet("Every panel, query, variable and annotation names the data source",
            "a query without a data source", json => Target(json, Failing).Remove("datasource")),
        Fleet("No uid is wired into the file but the dashboard's own",
            "a link by uid", json => Panel(json, Failing)["dashboardUid"] = "aeb1c2d3"),
        Fleet("Job and exporter can be chosen, several or all", "one job only", json => Variable(json, "job")["multi"] = false),
        Fleet("Where all can be chosen, all is what a dashboard begins with",
            "a value of somebody's fleet", json => Variable(json, "target")["current"]!["value"] = new JsonArray("payments")),

        Fleet("Every selector keeps to the chosen jobs and exporters",
            "a selector for every job", json => Ask(json, Failing, """sum(mtlsprobe_success{slot="current"} == bool 0)""")),
        Fleet("Every selector keeps to the chosen jobs and exporters", "one of two selectors for every exporter",
            json => Ask(json, Failing, """sum(mtlsprobe_success{job=~"$job", instance=~"$instance"} unless mtlsprobe_chain_valid{job=~"$job"})""")),
        Fleet("Every metric and every label of a query exists",
            "a metric that does not exist", json => Ask(json, Failing, """sum(mtlsprobe_successes{job=~"$job", instance=~"$instance"})""")),
        Fleet("Every metric and every label of a query exists",
            "a histogram without its suffix",
            json => Ask(json, Failing, """sum(mtlsprobe_schedule_lag_seconds{job=~"$job", instance=~"$instance"})""")),
        Fleet("Every metric and every label of a query exists",
            "a label of another metric",
            json => Ask(json, Failing, """sum(mtlsprobe_chain_valid{job=~"$job", instance=~"$instance", slot="current"})""")),
        Fleet("Every metric and every label of a query exists",
            "a group by a label that is not there",
            json => Ask(json, Failing, """sum by (slots) (mtlsprobe_success{job=~"$job", instance=~"$instance"})""")),
        Fleet("Every metric and every label of a query exists", "a join on a label that is not there", json => Ask(json, Failing,
            """mtlsprobe_success{job=~"$job", instance=~"$instance"} and on (host) mtlsprobe_chain_valid{job=~"$job", instance=~"$instance"}""")),
        Fleet("Every variable of a query is one of the dashboard or of Grafana",
            "a variable of another dashboard", json => Ask(json, Failing,
            """sum(mtlsprobe_success{job=~"$job", instance=~"$instance", target="$service"})""")),
        Fleet("A rate is taken over Grafana's interval or over all the time shown",
            "a rate over a time of its own", json => Ask(json, Failing,
            """sum(rate(mtlsprobe_handshakes_total{job=~"$job", instance=~"$instance"}[1m]))""")),
        Fleet("Every variable narrows what the ones after it offer",
            "targets of every exporter", json => Variable(json, "target")["query"] = """label_values(mtlsprobe_success{job=~"$job"}, target)"""),
        Fleet("Every variable narrows what the ones after it offer",
            "values of a label that is not there", json => Variable(json, "job")["query"] = "label_values(mtlsprobe_success, jobs)"),
        Service("Every variable is used", "a variable that nobody asks for", json => Variable(json, "address")["name"] = "adress"),
        Fleet("Queries of a panel have names of their own",
            "a name that is used twice", json => Panel(json, "Certificates of servers")["targets"]![1]!["refId"] = "A"),
        Fleet("Graphs ask for a time, and everything else for now",
            "a table over time", json => Target(json, WhatFails)["instant"] = false),
        Fleet("Graphs ask for a time, and everything else for now", "a table of graphs", json => Target(json, WhatFails).Remove("format")),
        Fleet("Every label of a legend is one of the query",
            "a legend of another query", json => Target(json, "Failing handshakes by class")["legendFormat"] = "{{cause}}"),
        Fleet("Every column of a table is one of its queries",
            "a column that no query gives", json => Organized(json, WhatFails)["renameByName"]!["cause"] = "Cause"),
        Fleet("Every column of a table is one of its queries",
            "a time that no query gives",
            json => Panel(json, WhatFails)["transformations"]![0]!["options"]!["conversions"]![0]!["targetField"] = "Value #B"),
        Fleet("An annotation asks the same in the old way and in the new one",
            "half a change", json => json["annotations"]!["list"]![0]!["target"]!["expr"] = "up"),
        Fleet("Every label of an annotation is one of its query",
            "a tag that no query gives", json => json["annotations"]!["list"]![0]!["tagKeys"] = "alertname,colour"),

        Fleet("Every dashboard links to all of them by a tag that all of them have, and takes variables and time along",
            "a tag of its own", json => json["links"]![0]!["tags"] = new JsonArray("fleet")),
        Fleet("A link leads to one of the dashboards or to a runbook",
            "a link to another Grafana's dashboard", json => Link(json, "/d/aeb1c2d3?${datasource:queryparam}")),
        Fleet("A link to a dashboard takes data source, job, exporter and time along", "a link that forgets the time",
            json => Link(json, "/d/mtlsprobe-service?${datasource:queryparam}&${job:queryparam}&${instance:queryparam}")),
        Fleet("A link sets variables that the dashboard has", "a variable that the other dashboard has not",
            json => Link(json, "/d/mtlsprobe-service?${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&var-target=x&${__url_time_range}")),
        Fleet("A link takes its values from columns of the table", "a column that is hidden",
            json => Link(json, "/d/mtlsprobe-service?${datasource:queryparam}&var-job=${__data.fields.job:percentencode}&${instance:queryparam}&${__url_time_range}")),
        Fleet("A value in a link is encoded", "a value as it stands",
            json => Link(json, "/d/mtlsprobe-service?${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&var-service=${__data.fields.target}&${__url_time_range}")),
    ];

    private static Mistake Fleet(string rule, string name, Action<JsonObject> make) => new(rule, name, "fleet", make);

    private static Mistake Service(string rule, string name, Action<JsonObject> make) => new(rule, name, "service", make);

    private static JsonObject Panel(JsonObject json, string title) => json["panels"].Objects().Single(panel => panel.Text("title") == title);

    private static JsonObject Target(JsonObject json, string title) => Panel(json, title)["targets"]![0]!.AsObject();

    private static JsonObject Defaults(JsonObject json, string title) => Panel(json, title)["fieldConfig"]!["defaults"]!.AsObject();

    private static JsonObject Organized(JsonObject json, string title) => Rule.Organized(Panel(json, title))!;

    private static JsonObject Variable(JsonObject json, string name) =>
        json["templating"]!["list"].Objects().Single(variable => variable.Text("name") == name);

    private static void Ask(JsonObject json, string title, string expression) => Target(json, title)["expr"] = expression;

    private static void Link(JsonObject json, string url) => Defaults(json, WhatFails)["links"]![0]!["url"] = url;
}
