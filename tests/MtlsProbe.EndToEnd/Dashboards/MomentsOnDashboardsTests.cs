using MtlsProbe.EndToEnd.Demo;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Dashboards;

/// <summary>At given moments of the demo, the dashboards show what is true then.</summary>
[Collection(DemoRunTests.Name)]
public sealed class MomentsOnDashboardsTests(DemoRun run)
{
    [NeedsFact("prometheus")]
    public async Task While_nothing_is_staged_readiness_is_not_known()
    {
        var rotation = Rotation(await During("---- 1111"));

        Assert.Empty(await rotation("Ready for the next"));
        Assert.Empty(await rotation("Files of the next"));
        Assert.Empty(await rotation("Not ready, and why"));
        Assert.Equal(4, await One(rotation("Retired still let in")));
    }

    [NeedsFact("prometheus")]
    public async Task While_one_server_straggles_it_is_named_with_the_reason()
    {
        var straggling = await During("1110 1111");
        var rotation = Rotation(straggling);

        Assert.Equal(0.75, await One(rotation("Ready for the next")));
        Assert.Equal(1, await One(rotation("Refuse the next")));
        Assert.Equal(0, await One(rotation("Answer not known")));
        Assert.Equal(1, await One(rotation("Files of the next")));
        var straggler = Assert.Single(await rotation("Not ready, and why")).Labels;
        Assert.Equal(("rotation-4", "unknown_ca"), (straggler["target"], straggler["reason"]));
        Assert.Equal(4, (await rotation("Credentials, current and next")).Count(series => series.Labels["slot"] == "next"));
        Assert.Equal(1, await One(Fleet(straggling)("Not ready for next")));
    }

    [NeedsFact("prometheus")]
    public async Task When_every_server_accepts_the_next_credential_it_is_ready()
    {
        var ready = await During("1111 1111");

        Assert.Equal(1, await One(Rotation(ready)("Ready for the next")));
        Assert.Empty(await Rotation(ready)("Not ready, and why"));
        Assert.Equal(0, await One(Fleet(ready)("Not ready for next")));
    }

    [NeedsFact("prometheus")]
    public async Task After_the_clean_up_every_server_refuses_the_retired_credential_and_no_unexpected_refusal_was_counted()
    {
        var rotation = Rotation(await During(DemoRun.LastState));

        Assert.Equal(0, await One(rotation("Retired still let in")));
        Assert.Empty(await rotation("Retired credentials that still get in"));
        Assert.Equal(0, await One(rotation("Refusals in this time")));
        Assert.All(await rotation("Readiness"), series => Assert.Equal(1, series.Value));
    }

    [NeedsFact("prometheus")]
    public async Task The_fleet_shows_the_faults_and_their_reasons()
    {
        var fleet = Fleet(await During(DemoRun.LastState));
        var failing = (await fleet("What fails, and why")).ToDictionary(series => series.Labels["target"], series => series.Labels["reason"]);

        Assert.Equal(failing.Count, await One(fleet("Handshakes failing")));
        Assert.Equal("expired", failing["server-expired"]);
        Assert.Equal("not_expected", failing["served-is-not-issued"]);
        Assert.Equal("connection_refused", failing["nothing-listens"]);
        Assert.Equal(
            [("lets-in-others", "audit"), ("not-enforcing", "none"), ("revocation-ignored", "checkout-revoked")],
            (await fleet("Who gets in that should not")).Where(series => series.Value == 0).Select(series => (series.Labels["target"], series.Labels["identity"])).Order());
        Assert.Equal(1, await One(fleet("Servers without mTLS")));
        Assert.Equal(0, await One(fleet("Exporters down")));
        Assert.Contains(await fleet("What fires"), series => series.Labels["alertname"] == "MtlsProbeMutualTlsNotEnforced");
        Assert.Equal((await fleet("What fires")).Count, await One(fleet("Alerts firing")));
    }

    private static async Task<double> One(Task<IReadOnlyList<Series>> answer) => Assert.Single(await answer).Value;

    /// <summary>A time for which Prometheus has a scrape, in the middle of the longest period in which the servers did this.</summary>
    private async Task<DateTimeOffset> During(string state)
    {
        List<(DateTimeOffset From, DateTimeOffset To)> times = [];
        var before = "";
        foreach (var moment in run.Moments)
        {
            if (moment.State == state && before == state) times[^1] = (times[^1].From, moment.At);
            else if (moment.State == state) times.Add((moment.At, moment.At));
            before = moment.State;
        }

        var (from, to) = times.MaxBy(time => time.To - time.From);
        for (var at = from + ((to - from) / 2); at <= to; at += TimeSpan.FromSeconds(1))
        {
            if ((await run.Prometheus.At(at, "up == 1")).Count == 1) return at;
        }

        throw new InvalidOperationException($"no scrape succeeded while {state}");
    }

    private Func<string, Task<IReadOnlyList<Series>>> Fleet(DateTimeOffset at) => Asked("fleet", at);

    /// <summary>With the demo's rotating identity chosen.</summary>
    private Func<string, Task<IReadOnlyList<Series>>> Rotation(DateTimeOffset at) => Asked("rotation", at, ("identity", "rollout"));

    /// <summary>All queries of a panel, at that time.</summary>
    private Func<string, Task<IReadOnlyList<Series>>> Asked(
        string dashboard, DateTimeOffset at, params (string Variable, string Value)[] chosen) => async title =>
    {
        var shipped = ShippedDashboards.Named(dashboard);
        var choice = Assert.Single(await Choices.Of(shipped, run.Prometheus, run.Moments[0].At, run.Moments[^1].At));
        foreach (var (variable, value) in chosen) choice = choice.With(variable, value);
        var queries = shipped.Queries.Where(query => query.Place == $"{dashboard}: {title}").ToList();
        Assert.NotEmpty(queries);
        List<Series> series = [];
        foreach (var query in queries) series.AddRange(await run.Prometheus.At(at, choice.Of(query.Expression)));
        return series;
    };
}
