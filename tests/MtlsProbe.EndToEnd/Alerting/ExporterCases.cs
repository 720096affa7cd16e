using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>Faults of exporters: each case has its own exporter, with one target.</summary>
internal sealed class ExporterCases : IAsyncDisposable
{
    private static readonly string[] s_names = ["lonely", "misconfigured", "expecting", "stale", "stuttering"];

    private readonly Workspace _workspace;
    private readonly PkiFiles _files;
    private readonly Dictionary<string, int> _ports = s_names.ToDictionary(name => name, _ => Ports.Free());
    private readonly Dictionary<string, Exporter> _exporters = [];
    private ChildProcess? _cache;
    private volatile bool _stutters;
    private Task _stuttering = Task.CompletedTask;

    public ExporterCases(Workspace workspace, PkiFiles files)
    {
        (_workspace, _files) = (workspace, files);
        All =
        [
            Of("lonely", Told.Page("Down")(Instance(_ports["lonely"]))) with
            {
                Break = () => _exporters["lonely"].DisposeAsync().AsTask(),
                Mend = () => Run("lonely"),
            },
            Of("misconfigured", Told.Ticket("ConfigurationReloadFailed")(Instance(_ports["misconfigured"]))) with
            {
                Break = () => File.WriteAllTextAsync(_workspace.PathOf("misconfigured.yml"), "targets: [\n"),
                Mend = () => Task.FromResult(Configure("misconfigured")),
            },
            Of("expecting", Told.Ticket("ExpectFilesBroken")("expecting")) with
            {
                Break = () => Task.FromResult(Configure("expecting", $"expect: {{ server_certificate: {_workspace.PathOf("never.pem")} }}")),
                Mend = () => Task.FromResult(Configure("expecting")),
            },
            Of("stale", Told.Ticket("ResultsStale")("stale")) with
            {
                Break = () => StopBetweenProbes("stale"),
                Mend = () => _exporters["stale"].Process.Signal("CONT"),
            },
            Of("stuttering", Told.Ticket("ScheduleOverloaded")(Instance(_ports["stuttering"]))) with
            {
                Break = () => Task.FromResult(_stuttering = Stutter()),
                Mend = Calm,
            },
        ];
    }

    public IReadOnlyList<Case> All { get; }

    /// <summary>Their addresses for the scrape.</summary>
    public IReadOnlyList<string> Instances { get; private set; } = [];

    /// <summary>Starts the exporters, once the servers are running.</summary>
    public async Task Start()
    {
        // A cache that answers for an exporter that does not answer: it is "up", but all its data are old.
        (_cache, var cachePort) = await Nginx.StartCachingProxy(_workspace, _ports["stale"]);
        foreach (var name in s_names)
        {
            await Run(name);
            await _exporters[name].Ready();
        }

        Instances = [.. s_names.Select(name => Instance(name == "stale" ? cachePort : _ports[name]))];
    }

    public async ValueTask DisposeAsync()
    {
        await Calm();
        foreach (var exporter in _exporters.Values) await exporter.DisposeAsync();
        if (_cache is not null) await _cache.DisposeAsync();
        (_cache, Instances) = (null, []);
        _exporters.Clear();
    }

    private Case Of(string name, Told told)
    {
        var server = Endpoint.Https("nginx-http", "good") with { Check = new ClientCheck(_files.Root) };
        return new Case(name) { Servers = [server], Target = new TargetEntry(name, server.Port) { Protocol = "https" }, Tells = [told] };
    }

    private async Task Run(string name) => _exporters[name] = await Exporter.Start(_ports[name], null, Configure(name));

    /// <param name="more">Further lines of its target.</param>
    private string Configure(string name, params IReadOnlyList<string> more) =>
        (AlertingRun.Configuration(_files, [All.Single(one => one.Name == name).With(more)]) with { FileName = $"{name}.yml" }).WriteTo(_workspace);

    /// <summary>Simulates a machine that lets it run only part of the time.</summary>
    private async Task Stutter()
    {
        _stutters = true;
        var exporter = _exporters["stuttering"];
        var regular = LastProbe(await exporter.Scrape());
        while (_stutters)
        {
            await StopBetweenProbes("stuttering");

            // After a pause, it makes up for one missed probe at once. If it resumes half-way between two regular probes, the next pause does not
            // interrupt the next probe.
            var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
            var halfWay = regular + (AlertingRun.Interval / 2.0);
            var goOn = halfWay + (AlertingRun.Interval * Math.Ceiling((now + 2.5 - halfWay) / AlertingRun.Interval));
            await Task.Delay(TimeSpan.FromSeconds(goOn - now));
            await exporter.Process.Signal("CONT");
            await Task.Delay(TimeSpan.FromSeconds(1.2)); // so one scrape in each second succeeds: it stutters, but is not down
        }
    }

    /// <summary>If it were stopped in the middle of a probe, it would count that time as the server's.</summary>
    private async Task StopBetweenProbes(string name)
    {
        var exporter = _exporters[name];
        var last = LastProbe(await exporter.Scrape());
        await exporter.Until(metrics => LastProbe(metrics) > last, "the next probe");
        await exporter.Process.Signal("STOP");
    }

    private static double LastProbe(MetricsText metrics) => metrics.Sum("mtlsprobe_last_probe_timestamp_seconds"); // of its only target

    private async Task Calm()
    {
        _stutters = false;
        await _stuttering;
    }

    private static string Instance(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
}
