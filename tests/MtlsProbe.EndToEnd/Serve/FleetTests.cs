using System.Globalization;
using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>A thousand targets, of which three hundred are black holes: they delay no other target.</summary>
public sealed class FleetTests
{
    private const int Healthy = 700;
    private const int BlackHoles = 300;
    private const int Rounds = 2;

    [RealServersFact]
    public async Task Healthy_targets_keep_their_interval_beside_black_holes()
    {
        var (metrics, log) = await Run();

        var others = metrics.All("mtlsprobe_failure_info").Where(series => series.Labels["reason"] != "connect_timeout").Select(series => series.ToString());
        Assert.True(!others.Any(), $"{string.Join("\n", others.Take(5))}\n{log}");
        Assert.Equal(Healthy, metrics.All("mtlsprobe_success").Count(series => series.Value == 1));
        Assert.Equal(BlackHoles, metrics.All("mtlsprobe_failure_info", ("reason", "connect_timeout")).Count);
        Assert.Equal(0, metrics.Value("mtlsprobe_probes_skipped_total"));
        var least = Least(metrics, "healthy-", "accepted");
        Assert.True(least >= Rounds, $"a healthy target was accepted {least} times while every black hole was probed {Rounds} times\n{log}");
        Assert.Equal(0, metrics.Sum("mtlsprobe_handshakes_total", ("outcome", "rejected")));
    }

    /// <summary>The metrics when every black hole has been probed often enough, and the log about the healthy targets until then.</summary>
    private static async Task<(MetricsText Metrics, string Log)> Run()
    {
        await using var servers = await FleetServers.Start("fleet", Healthy, "https");
        using var hole = await BlackHole.Open();
        TargetEntry[] targets =
        [
            .. Enumerable.Range(0, Healthy).Select(i => new TargetEntry($"healthy-{i}", servers.FirstPort + i) { Protocol = "https" }),

            // Each at its own address, like the members of a dead network.
            .. Enumerable.Range(0, BlackHoles).Select(i =>
                new TargetEntry($"hole-{i}", hole.Port) { Host = string.Create(CultureInfo.InvariantCulture, $"127.1.{i / 250}.{(i % 250) + 1}") }),
        ];
        await using var exporter = await Exporter.Start(
            new ConfigFile(servers.Files, targets) { Interval = "10s", Timeout = "8s" }.WriteTo(servers.Workspace));

        // All have the same interval, so the counts of the two kinds must stay close to each other.
        var metrics = await exporter.Until(
            m => Least(m, "hole-", "failed") >= Rounds, $"{Rounds} probes of every black hole", TimeSpan.FromSeconds(90));
        return (metrics, string.Join('\n', exporter.Process.Output.Split('\n').Where(line => line.Contains("healthy-", StringComparison.Ordinal)).Take(20)));
    }

    private static double Least(MetricsText metrics, string prefix, string outcome) =>
        metrics.All("mtlsprobe_handshakes_total", ("outcome", outcome))
            .Where(series => series.Labels["target"].StartsWith(prefix, StringComparison.Ordinal))
            .Select(series => series.Value)
            .DefaultIfEmpty(0)
            .Min();
}
