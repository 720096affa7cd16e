using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>The tests that share one run, because it takes minutes.</summary>
[CollectionDefinition(Name)]
public sealed class AlertingRunTests : ICollectionFixture<AlertingRun>
{
    public const string Name = "alerting run";
}

/// <summary>
/// The path from a fault to the person who is alerted: real servers, the program, a real Prometheus with the shipped rules, a real Alertmanager with
/// the shipped example, and a webhook. An hour in the rules is a minute here. First all is well, and a rotation takes place. Then everything breaks
/// at once, each fault at its own target. Then everything is repaired. At the end the exporters stop.
/// </summary>
public sealed class AlertingRun : IAsyncLifetime
{
    private const int Factor = 60;

    /// <summary>Between two probes, in seconds; short enough that two failures in a row, which an alert needs, happen soon.</summary>
    internal const int Interval = 2;

    /// <summary>In evaluations, one a second: more than the 30 of the slowest rule together with its look-back.</summary>
    private const int Settled = 60;

    /// <summary>In evaluations; the test that looks for an alert reports it as missing if it is later.</summary>
    private const int Patience = 150;

    private readonly Workspace _workspace = new("alerting");
    private readonly ScriptedCases _scripted = new();
    private readonly HashSet<Inhibition> _inhibitions = [];
    private PkiFiles _files = null!;
    private RightRotation _rotation = null!;
    private ExporterCases _exporters = null!;
    private LiveServers _servers = null!;
    private Exporter? _exporter;
    private PrometheusServer _prometheus = null!;
    private Alertmanager _alertmanager = null!;
    private Webhook _webhook = null!;

    /// <summary>All faults, including those of the exporters.</summary>
    internal IReadOnlyList<Case> Cases { get; private set; } = [];

    /// <summary>What was delivered while all was well.</summary>
    internal IReadOnlyList<Delivery> Healthy { get; private set; } = [];

    /// <summary>What was delivered while everything was broken.</summary>
    internal IReadOnlyList<Delivery> Broken { get; private set; } = [];

    /// <summary>What was delivered once everything was mended.</summary>
    internal IReadOnlyList<Delivery> Mended { get; private set; } = [];

    /// <summary>What was delivered once no exporter answered any more.</summary>
    internal IReadOnlyList<Delivery> Gone { get; private set; } = [];

    /// <summary>Which alerts Alertmanager reported as muted, and by which.</summary>
    internal IReadOnlySet<Inhibition> Inhibitions => _inhibitions;

    /// <summary>The exporter with the most targets.</summary>
    internal string Instance { get; private set; } = "";

    public async Task InitializeAsync()
    {
        if (AlertingFactAttribute.Missing is not null) return;
        await Start();
        Healthy = await Phase(() => _rotation.Walk(_exporter!, _servers), () => true, 10);
        Broken = await Phase(
            () => Task.WhenAll([_servers.Take(BrokenServer), .. Cases.Select(one => one.Break())]),
            () => Cases.All(one => one.Tells.All(told => _webhook.Deliveries.Exists(delivery => delivery.Firing && delivery.What == told))), Settled);
        Mended = await Phase(
            () => Task.WhenAll([_servers.Take(HealthyServer), .. Cases.Select(one => one.Mend())]),
            () => Cases.All(one => one.Tells.All(told => _webhook.Deliveries.FindLast(delivery => delivery.What == told) is { Firing: false })), Settled);
        await GoAway();
    }

    public async Task DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { _exporter, _exporters, _prometheus, _alertmanager, _servers, _webhook, _scripted })
        {
            if (part is not null) await part.DisposeAsync();
        }

        _workspace.Dispose();
    }

    /// <summary>An exporter's configuration of these cases.</summary>
    internal static ConfigFile Configuration(PkiFiles files, IReadOnlyList<Case> cases) => new(files, [.. cases.Select(one => one.Target)])
    {
        Interval = string.Create(CultureInfo.InvariantCulture, $"{Interval}s"),
        Timeout = "2s", // on a machine that is busy with other tests, a probe can need some of it
        Identities = TestPki.Shared.Clients.Keys.Where(identity => cases.Any(one => one.Names(identity))),
        MoreIdentities = string.Concat(cases.Select(one => one.Identities)),
        MoreTrust = string.Concat(cases.Select(one => one.Trust)),
    };

    private async Task Start()
    {
        _files = new PkiFiles(_workspace, TestPki.Shared);
        _rotation = new RightRotation(_workspace, _files);
        _exporters = new ExporterCases(_workspace, _files);
        await _rotation.Begin();
        IReadOnlyList<Case> own =
        [
            .. await ServerCases.All(_workspace, _files), .. await new CredentialCases(_workspace, _files).All(), .. await _scripted.All(_workspace, _files),
        ];
        Cases = [.. own, .. _exporters.All];
        _servers = await LiveServers.Start(_workspace, _files, [.. _rotation.Case.Servers, .. Cases.SelectMany(one => one.Servers)]);

        var hosts = new HostsFile(_workspace);
        hosts.Write(ServerCases.Replicas.Select(address => $"{address} {ServerCases.ReplicaName}"));
        _exporter = await Exporter.Start(hosts, Configuration(_files, [.. own, _rotation.Case]).WriteTo(_workspace));
        Instance = $"127.0.0.1:{_exporter.Port}";
        await _exporters.Start();
        await _exporter.Until(metrics => metrics.All("mtlsprobe_success").All(series => series.Value == 1), "all is well");

        _webhook = await Webhook.Start();
        _alertmanager = await Alertmanager.Start(_workspace, _webhook, Factor);

        // Whatever it sends before it has found Alertmanager is lost until it is sent again, by default after a minute.
        _prometheus = await PrometheusServer.Start(_workspace, PrometheusConfiguration(), "--rules.alert.resend-delay=5s");

        // The rules are loaded once it scrapes: it needs as long to find its targets as an exporter may be absent here.
        var deadline = DateTimeOffset.UtcNow.AddSeconds(60);
        while ((await _prometheus.At(DateTimeOffset.UtcNow, "mtlsprobe_build_info")).Count <= _exporters.Instances.Count && DateTimeOffset.UtcNow < deadline) await Task.Delay(250);
        await using (var shorten = ChildProcess.Start("shorten", Path.Combine(Repository.Root, "alerts", "shorten"), [$"{Factor}", _workspace.Folder("rules")]))
            Assert.True(await shorten.Exit(TimeSpan.FromSeconds(60)) == 0, shorten.Output);
        await _prometheus.Reload();
    }

    private string PrometheusConfiguration()
    {
        return $"""
            global: {"{"} scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s {"}"}
            rule_files: ["{_workspace.Folder("rules")}/*.rules.yml"]
            alerting:
              alertmanagers:
                - static_configs: [{"{"} targets: ["127.0.0.1:{_alertmanager.Port}"] {"}"}]
            scrape_configs:
              - job_name: mtlsprobe
                static_configs: [{"{"} targets: [{string.Join(", ", _exporters.Instances.Append(Instance).Select(instance => $"\"{instance}\""))}] {"}"}]
            """;
    }

    private Endpoint BrokenServer(Endpoint server) => Cases.FirstOrDefault(one => one.Servers.Contains(server))?.Broken(server) ?? server;

    private Endpoint HealthyServer(Endpoint server) =>
        Cases.SelectMany(one => one.Servers).FirstOrDefault(healthy => (healthy.Host, healthy.Port) == (server.Host, server.Port)) ?? server;

    /// <summary>Stops all exporters while a server is broken.</summary>
    private async Task GoAway()
    {
        var expired = Cases.Single(one => one.Name == "server-expired");
        var before = _webhook.Deliveries.Count;
        await Phase(
            () => _servers.Take(server => expired.Servers.Contains(server) ? expired.Broken(server) : server),
            () => _webhook.Deliveries.Skip(before).Any(delivery => delivery.Firing && delivery.What == expired.Tells[0]), 1);
        Gone = await Phase(
            async () =>
            {
                await _exporter!.DisposeAsync();
                _exporter = null;
                await _exporters.DisposeAsync();
            },
            () => true, 20);
    }

    /// <summary>
    /// Makes a change, and continues until this much time of Prometheus has passed and the condition holds, or until patience ends. Returns what was
    /// delivered meanwhile.
    /// </summary>
    private async Task<IReadOnlyList<Delivery>> Phase(Func<Task> change, Func<bool> condition, int evaluations)
    {
        var delivered = _webhook.Deliveries.Count;
        await change();
        var start = await Evaluations();
        while (true)
        {
            foreach (var (muted, by) in await _alertmanager.Inhibited()) _inhibitions.UnionWith(by.Select(one => new Inhibition(muted.Subject, muted.Name, one.Name)));
            var passed = await Evaluations() - start;
            if (passed >= evaluations && (condition() || passed >= Patience)) return [.. _webhook.Deliveries.Skip(delivered)];
            await Task.Delay(250);
        }
    }

    /// <summary>The number of evaluations of the rules, by the alert that always fires.</summary>
    private async Task<double> Evaluations() =>
        (await _prometheus.At(DateTimeOffset.UtcNow, """count_over_time(ALERTS{alertname="MtlsProbeWatchdog"}[1h])""")).Sum(series => series.Value);
}

/// <summary>An alert that is muted by another.</summary>
/// <param name="Subject">The subject of the muted alert.</param>
internal sealed record Inhibition(string Subject, string Muted, string By);
