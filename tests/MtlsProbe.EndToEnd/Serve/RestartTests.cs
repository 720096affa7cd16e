using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>A server that stops closes its connections; that is no refusal.</summary>
public sealed class RestartTests(Restarts run) : IClassFixture<Restarts>
{
    public static TheoryData<string> Kinds => RestartedServer.Kinds.ToRows();

    public static TheoryData<string> Proxies => Restarts.Proxies.ToRows();

    [RealServersTheory]
    [MemberData(nameof(Kinds))]
    public void Restarts_every_two_seconds_are_no_refusals(string kind)
    {
        Assert.True(run.Counts[kind] >= 3, $"{kind} was restarted {run.Counts[kind]} times only");
        Assert.True(Restarts.Of(run.Metrics, $"{kind}-watched", "good").Sum(series => series.Value) >= Restarts.Handshakes);
        AssertNone(Restarts.Of(run.Metrics, $"{kind}-watched", "good", "rejected"));
    }

    [RealServersFact]
    public void A_rolling_restart_of_twenty_replicas_is_no_refusal()
    {
        Assert.Equal(Restarts.Replicas, Restarts.Of(run.Metrics, "replica", "good", "accepted").Count());
        AssertNone(Restarts.Of(run.Metrics, "replica", "good", "rejected"));
    }

    [RealServersTheory]
    [MemberData(nameof(Proxies))]
    public void A_proxy_whose_backend_stops_and_returns_goes_from_accepted_to_unconfirmed_and_back_without_a_refusal(string proxy)
    {
        Assert.Equal(3, run.Backends.Count); // there, reported as gone, and there again
        Assert.All(run.Backends, metrics => AssertNone(Restarts.Of(metrics, proxy, "good", "rejected")));
        AssertNone(Restarts.Of(run.Metrics, proxy, "good", "rejected"));
        Assert.All(run.Metrics.All("mtlsprobe_success", ("identity", "good")).Where(series => series.Labels["target"].StartsWith(proxy, StringComparison.Ordinal)),
            series => Assert.Equal(1, series.Value));
    }

    [RealServersFact]
    public void A_stop_or_a_dead_backend_is_not_taken_for_a_required_refusal()
    {
        string[] all = [.. RestartedServer.Kinds.Select(kind => $"{kind}-watched"), .. Restarts.Proxies];
        Assert.All(all, targets => AssertNone(Restarts.Of(run.Metrics, targets, "rsa", "rejected")));
        Assert.All(all, targets => Assert.True(Restarts.Of(run.Metrics, targets, "rsa", "accepted").Sum(series => series.Value) > 0, targets));
        Assert.All(run.Backends.Append(run.Metrics), metrics =>
            Assert.DoesNotContain(metrics.All("mtlsprobe_rejection_enforced", ("identity", "rsa")), series => series.Value == 1));
    }

    private static void AssertNone(IEnumerable<Series> refused) =>
        Assert.True(refused.All(series => series.Value == 0), string.Join("\n", refused.Where(series => series.Value > 0)));
}
