using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>While other processes take the processors, a healthy server stays healthy: a delay on our side is no fact about the server.</summary>
[Collection(AloneTests.Name)]
public sealed class StarvedTests : IAsyncLifetime
{
    private const int Handshakes = 126;

    private readonly Workspace _workspace = new("starved");
    private readonly Sink _sink = new();
    private PkiFiles _files = null!;
    private ServerGroup? _stunnel;

    public async Task InitializeAsync()
    {
        _files = new PkiFiles(_workspace, TestPki.Shared);
        if (RealServers.Missing is null) _stunnel = await Stunnel.Start(_workspace, _files, ["good"], _sink.Port);
    }

    public async Task DisposeAsync()
    {
        if (_stunnel is not null) await _stunnel.DisposeAsync();
        await _sink.DisposeAsync();
        _workspace.Dispose();
    }

    [RealServersFact]
    public async Task Beside_twelve_busy_loops_a_healthy_server_is_accepted_every_time()
    {
        var targets = Enumerable.Range(0, 40).Select(i => Target(i) with { More = [i % 2 == 0 ? "interval: 5s\n    timeout: 5s" : "interval: 8s\n    timeout: 8s"] });
        await using var exporter = await Exporter.Start(new ConfigFile(_files, [.. targets]).WriteTo(_workspace));
        await exporter.Ready();
        await using var loops = new BusyLoops(12);
        var before = Total(await exporter.Scrape());
        var metrics = await exporter.Until(m => Total(m) >= before + Handshakes, $"{Handshakes} handshakes", TimeSpan.FromMinutes(2));

        var wrong = metrics.All("mtlsprobe_handshakes_total").Where(series => series.Value > 0 && series.Labels["outcome"] != "accepted").ToList();
        var told = exporter.Process.Output.Split('\n').Where(line => line.Contains(" healthy-", StringComparison.Ordinal));
        Assert.True(wrong.Count == 0, $"{wrong.Sum(series => series.Value)} are wrong:\n{string.Join("\n", wrong)}\n{string.Join("\n", told)}");

        static double Total(MetricsText metrics) => metrics.Sum("mtlsprobe_handshakes_total");
    }

    private TargetEntry Target(int number) => new(string.Create(CultureInfo.InvariantCulture, $"healthy-{number}"), _stunnel!.Endpoints[0].Port);
}
