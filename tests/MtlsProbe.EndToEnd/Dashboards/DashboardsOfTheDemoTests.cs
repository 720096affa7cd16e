using MtlsProbe.EndToEnd.Demo;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Dashboards;

/// <summary>All queries of the shipped dashboards, answered by a real Prometheus that has scraped the demo.</summary>
[Collection(DemoRunTests.Name)]
public sealed class DashboardsOfTheDemoTests(DemoRun run)
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    /// <summary>Queries that have no result in the demo, and why that is right.</summary>
    private static readonly Dictionary<string, string> s_empty = new()
    {
        ["exporter: Clocks of the servers [D]"] = "all servers of the demo are one machine, which is too few to say",
        ["exporter: Credential, trust and configuration files [E]"] = "the demo has no discovery sources",
        ["exporter: Discovered targets [A]"] = "the demo has no discovery sources",
        ["exporter: Discovered targets [B]"] = "the demo has no discovery sources",
        ["exporter: Since files were looked at [C]"] = "the demo has no discovery sources",
        ["exporter: Since files were looked at [B]"] = "the Workload API of the demo is never away",
        ["exporter: Faults in the background [C]"] = "nobody breaks a connection to the demo's web server",
        ["exporter: Results that do not come [A]"] = "every probe of the demo comes in time",
        ["fleet: Inventories [B]"] = "the demo's inventory leaves nothing out",
        ["rotation: Renewals, and from file to wire [B]"] = "no expected certificate of the demo is renewed",
        ["fleet: Notes (alerts of severity info) [annotation]"] = "no server of the demo changes its issuer",
        ["service: The server's certificate [C]"] = "no target of the demo has expect.issuer",
    };

    /// <summary>Labels that no series of the demo has, and why that is right.</summary>
    private static readonly Dictionary<string, string> s_withoutLabel = new()
    {
        ["exporter: Since files were looked at source"] = "the Workload API of the demo is never away",
        ["exporter: Faults in the background kind"] = "nobody breaks a connection to the demo's web server",
        ["exporter: What runs shard"] = "the demo is one process",
        ["exporter: What runs shards"] = "the demo is one process",
        ["fleet: Inventories kind"] = "the demo's inventory leaves nothing out",
        ["rotation: Renewals, and from file to wire target"] = "no expected certificate of the demo is renewed",
    };

    /// <summary>Labels that exist only for a moment, which a scrape can miss, and which moment that is.</summary>
    private static readonly Dictionary<string, string> s_momentary = new()
    {
        ["rotation: Stragglers identity"] = "between a promotion and the next probe",
        ["rotation: Stragglers slot"] = "between a promotion and the next probe",
        ["rotation: Stragglers serial"] = "between a promotion and the next probe",
    };

    public static TheoryData<string> Names => [.. ShippedDashboards.All.Select(dashboard => dashboard.Name)];

    private DateTimeOffset Start => run.Moments[0].At;

    private DateTimeOffset End => run.Moments[^1].At;

    [NeedsTheory("prometheus")]
    [MemberData(nameof(Names))]
    public async Task Every_query_finds_data_except_those_that_rightly_find_none(string name)
    {
        var dashboard = ShippedDashboards.Named(name);
        var found = await Labels(dashboard);

        Assert.Equal(s_empty.Keys.Where(where => where.StartsWith(name + ":", StringComparison.Ordinal)).Order(),
            dashboard.Queries.Where(query => !found.ContainsKey(query)).Select(query => query.Where).Order());
    }

    [NeedsTheory("prometheus")]
    [MemberData(nameof(Names))]
    public async Task Every_displayed_label_is_in_the_answers(string name)
    {
        var dashboard = ShippedDashboards.Named(name);
        var found = (await Labels(dashboard)).ToLookup(answer => answer.Key.Place, answer => answer.Value);
        var missing = ShownLabels.Of(dashboard).Where(place => found.Contains(place.Key))
            .SelectMany(place => place.Except(found[place.Key].SelectMany(labels => labels)).Select(label => $"{place.Key} {label}"))
            .Except(s_momentary.Keys);

        Assert.Equal(s_withoutLabel.Keys.Where(where => where.StartsWith(name + ":", StringComparison.Ordinal)).Order(), missing.Order());
    }

    /// <summary>The labels of all series that a query returned at any time and with any choice; without the queries that returned none.</summary>
    private async Task<Dictionary<DashboardQuery, HashSet<string>>> Labels(Dashboard dashboard)
    {
        Dictionary<DashboardQuery, HashSet<string>> found = [];
        foreach (var variables in await Choices.Of(dashboard, run.Prometheus, Start, End))
        {
            foreach (var query in dashboard.Queries)
            {
                var series = await run.Prometheus.Within(Start, End, Step, variables.Of(query.Expression));
                if (series.Count == 0) continue;
                if (!found.TryGetValue(query, out var labels)) found[query] = labels = [];
                labels.UnionWith(series.SelectMany(one => one.Labels.Keys));
            }
        }

        return found;
    }
}
