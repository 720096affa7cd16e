using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>
/// One run of <c>serve</c> with everything that goes away and comes back: a server of each kind that is restarted every 2 s, twenty replicas that are
/// restarted one after the other, and proxies whose backend is stopped and started again.
/// </summary>
public sealed class Restarts : IAsyncLifetime
{
    /// <summary>Targets of each server that is restarted every 2 s; they share its port, so it has some probe at any moment.</summary>
    private const int Watchers = 15;

    /// <summary>With the credential that it must accept, at each server that is restarted every 2 s.</summary>
    public const int Handshakes = 300;

    public const int Replicas = 20;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Workspace _workspace = new("restarts");
    private readonly Sink _sink = new();
    private readonly Backend _backend = new();
    private readonly List<IAsyncDisposable> _running = [];
    private readonly List<RestartedServer> _looped = [];
    private readonly List<RestartedServer> _replicas = [];

    /// <summary>Scrapes that show the backend there, gone (unconfirmed, application, closed) and there again.</summary>
    internal IReadOnlyList<MetricsText> Backends { get; private set; } = [];

    /// <summary>At the end.</summary>
    internal MetricsText Metrics { get; private set; } = new("");

    /// <summary>How often each kind of server was restarted.</summary>
    internal IReadOnlyDictionary<string, int> Counts => _looped.ToDictionary(server => server.Endpoint.Server, server => server.Restarts);

    public static IReadOnlyList<string> Proxies { get; } = ["haproxy-before", "stunnel-before"];

    public async Task InitializeAsync()
    {
        if (RealServers.Missing is not null) return;
        var files = new PkiFiles(_workspace, TestPki.Shared);
        _backend.Start();
        _looped.AddRange(await Start(RestartedServer.Kinds, files));
        _replicas.AddRange(await Start(Enumerable.Range(0, Replicas).Select(i => RestartedServer.Kinds[i % RestartedServer.Kinds.Count]), files));
        var stunnel = await Kept(Stunnel.Start(_workspace, files, [Endpoint.Tls("stunnel-before", "good")], _backend.Port));
        var haproxy = await Kept(Haproxy.StartBefore(_workspace, files, _backend.Port));
        TargetEntry[] targets =
        [
            .. _looped.SelectMany(server => Enumerable.Range(0, Watchers).Select(i => Watcher($"{server.Endpoint.Server}-watched-{i}", server.Endpoint.Port, must: i % 10 == 0))),
            .. _replicas.Select((server, i) => new TargetEntry($"replica-{i}", server.Endpoint.Port)),
            .. haproxy.Endpoints.Concat(stunnel.Endpoints).SelectMany(endpoint => ((string[])["1.2", "1.3"]).Select(version =>
                Watcher($"{endpoint.Server}-{version}", endpoint.Port, must: true) with { Version = version })),
        ];
        await using var exporter = await Exporter.Start(new ConfigFile(files, targets) { Interval = "2s", Timeout = "2s" }.WriteTo(_workspace));
        await exporter.Ready();

        using var end = new CancellationTokenSource();
        var loops = _looped.Select(server => server.RestartEvery(Period, end.Token)).ToList();
        var rolling = Roll();
        Backends = [await Seen(exporter, "accepted"), await Stopped(exporter), await StartedAgain(exporter)];
        await rolling;
        await exporter.Until(
            m => RestartedServer.Kinds.All(kind => Of(m, $"{kind}-watched", "good").Sum(series => series.Value) >= Handshakes), $"{Handshakes} handshakes with each", Patience);
        await end.CancelAsync();
        await Task.WhenAll(loops);
        var counted = Accepted(await exporter.Scrape());
        Metrics = await exporter.Until(
            m => Accepted(m).All(entry => entry.Value > counted[entry.Key]) && m.All("mtlsprobe_success", ("identity", "good")).All(series => series.Value == 1),
            "everybody accepted again", Patience);
    }

    public async Task DisposeAsync()
    {
        foreach (var server in _running) await server.DisposeAsync();
        await _backend.DisposeAsync();
        await _sink.DisposeAsync();
        _workspace.Dispose();
    }

    /// <summary>The counters of the handshakes with this credential at the targets with this name.</summary>
    internal static IEnumerable<Series> Of(MetricsText metrics, string targets, string identity, string? outcome = null) =>
        metrics.All("mtlsprobe_handshakes_total", ("identity", identity)).Where(series =>
            series.Labels["target"].StartsWith(targets + "-", StringComparison.Ordinal) && (outcome is null || series.Labels["outcome"] == outcome));

    /// <summary>Handshakes with such an outcome at the proxy, for each version.</summary>
    internal static IReadOnlyList<double> AtProxy(MetricsText metrics, string proxy, string outcome) =>
        [.. Of(metrics, proxy, "good", outcome).Select(series => series.Value)];

    /// <summary>How many targets at the proxy currently report that the service behind it has closed.</summary>
    private static int Gone(MetricsText metrics, string proxy) =>
        metrics.All("mtlsprobe_failure_info", ("identity", "good"), ("class", "application"), ("reason", "closed"))
            .Count(series => series.Labels["target"].StartsWith(proxy, StringComparison.Ordinal));

    /// <param name="must">Whether it must refuse a credential that is just as good: so it never does, and no result may claim that.</param>
    private static TargetEntry Watcher(string name, int port, bool must) => new(name, port) { More = must ? ["must_reject: [rsa]"] : [] };

    private async Task Roll()
    {
        foreach (var replica in _replicas) await replica.Restart();
    }

    private async Task<MetricsText> Stopped(Exporter exporter)
    {
        await _backend.Stop();
        return await exporter.Until(
            m => Proxies.All(proxy => AtProxy(m, proxy, "unconfirmed").Min() >= 2 && Gone(m, proxy) == 2), "the backend told as gone, at each proxy and version", Patience);
    }

    private async Task<MetricsText> StartedAgain(Exporter exporter)
    {
        var before = await exporter.Scrape();
        _backend.Start();
        return await exporter.Until(m => Proxies.All(proxy => AtProxy(m, proxy, "accepted").Min() > AtProxy(before, proxy, "accepted").Max()), "the return of the backend", Patience);
    }

    private static Task<MetricsText> Seen(Exporter exporter, string outcome) =>
        exporter.Until(m => Proxies.All(proxy => AtProxy(m, proxy, outcome).Min() >= 2), $"two probes of each proxy with the outcome {outcome}", Patience);

    private static Dictionary<string, double> Accepted(MetricsText metrics) =>
        metrics.All("mtlsprobe_handshakes_total", ("identity", "good"), ("outcome", "accepted")).ToDictionary(series => series.Labels["target"], series => series.Value);

    private async Task<IReadOnlyList<RestartedServer>> Start(IEnumerable<string> kinds, PkiFiles files)
    {
        var servers = await Task.WhenAll(kinds.Select(kind => RestartedServer.Start(kind, files, _sink.Port)));
        _running.AddRange(servers);
        return servers;
    }

    private async Task<ServerGroup> Kept(Task<ServerGroup> starting)
    {
        var group = await starting;
        _running.Add(group);
        return group;
    }
}
