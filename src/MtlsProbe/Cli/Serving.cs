using MtlsProbe.Api;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Feed;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Text;
using MtlsProbe.Web;

namespace MtlsProbe.Cli;

/// <summary>The life of a serving process, from its start to the signal that ends it.</summary>
/// <param name="storagePath">Where changes are saved; null: in memory only.</param>
/// <param name="shard">The part of the targets that is probed; null: all.</param>
internal sealed partial class Serving(Surroundings surroundings, LogSettings logSettings, WebOptions web, string? storagePath, Shard? shard = null)
{
    /// <summary>The part of the 5 s in which a stopped process must end.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    /// <summary>In bytes. Below it, the pause is not worth it: the first scrape may already wait.</summary>
    private const long LargeStart = 16 * 1024 * 1024;

    /// <param name="configuration">A good one, read from <paramref name="configFile"/>.</param>
    /// <param name="started">Called with the addresses when they are served.</param>
    /// <param name="beside">Runs in addition while serving, until it is cancelled.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(
        string configFile,
        ConfigurationResult configuration,
        Action<IReadOnlyList<string>>? started,
        Func<ILoggerFactory, CancellationToken, Task>? beside,
        CancellationToken stop)
    {
        var build = ThisBuild.Info();
        Fleet? fleetOrNone = null;
        using var logs = Logging.Create(logSettings, surroundings.OpenLog(), dropped => fleetOrNone?.OwnMetrics.LogLinesDropped.Inc(dropped));
        var log = logs.CreateLogger<Serving>();
        var stack = new ProbeStack(surroundings.Time, logs, SystemTrust.Locate(surroundings.Environment), environment: surroundings.Environment);
        using var fleet = new Fleet(stack, configFile, configuration, build, shard);
        fleetOrNone = fleet;
        using var storage = storagePath is null ? null : new EventStorage(fleet.Events, storagePath, surroundings.Time, logs.CreateLogger<EventStorage>());
        if (storage is not null) fleet.Storage = () => storage.State;
        await using var app = WebServer.Build(fleet, web, surroundings.Time, logs);
        try
        {
            await app.StartAsync(stop).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            await surroundings.Error.WriteLineAsync($"mtlsprobe: cannot serve on {string.Join(", ", web.Listen)}: {Why(e, web)}\n  hint: --web.listen-address takes another address or port").ConfigureAwait(false);
            return ExitCode.Usage;
        }

        var addresses = WebServer.Addresses(app);
        var listening = string.Join(", ", addresses);
        var (targets, all) = (fleet.Snapshot().Targets.Count, fleet.Configuration.Targets.Count);
        var part = shard?.ToString();
        if (part is null) LogServing(log, listening, targets, configFile, build.Version);
        else LogServingShard(log, listening, part, targets, all, configFile, build.Version);
        started?.Invoke(addresses);
        fleet.Events.Add(new FleetEvent { Topic = EventTopic.Exporter, Tone = EventTone.Neutral, Text = $"MtlsProbe {build.Version} started{(part is null ? "" : $" as shard {part}")} with {Counts.Of(targets, "target")}" });
        storage?.Start();

        // The memory used for reading a large configuration is returned to the system: a process that runs for months needs it only once.
        if (GC.GetTotalMemory(forceFullCollection: false) > LargeStart) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var running = fleet.RunAsync(end.Token);
        var besides = beside?.Invoke(logs, end.Token) ?? Task.CompletedTask;

        // Before the service manager learns that the process serves: it may ask for a reload at once.
        surroundings.HangUp?.Answer(() => surroundings.ServiceManager?.ReloadAsync(fleet.ReloadAsync, Status) ?? fleet.ReloadAsync());
        var reporting = surroundings.ServiceManager?.ReportAsync(Status, e => LogNotReported(log, e), end.Token) ?? Task.CompletedTask;
        var prepared = FirstAnswers.PrepareAsync(fleet, surroundings.Time, end.Token);
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await end.CancelAsync().ConfigureAwait(false); // if the fleet has failed, the process ends with a message
        await prepared.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // a failure there occurs again at the next request
        await Task.WhenAll(running, besides, reporting).ConfigureAwait(false);
        using var patience = new CancellationTokenSource(StopPatience, surroundings.Time);
        await app.StopAsync(patience.Token).ConfigureAwait(false);
        fleet.Events.Add(new FleetEvent { Topic = EventTopic.Exporter, Tone = EventTone.Neutral, Text = "the exporter was stopped" });
        LogStopped(log);
        return ExitCode.Good;

        string Status() => fleet.Snapshot().Reload is { Errors: [var error, ..] }
            ? $"Serving on {listening}. The configuration file has errors, the last good version is in use: {Shown.Text($"{error.Place}: {error.Problem}")}"
            : $"Serving on {listening}";
    }

    /// <summary>Kestrel repeats the address, in its own spelling; with several addresses, only that says which one is meant.</summary>
    private static string Why(Exception e, WebOptions web) => web.Listen.Count == 1 ? e.GetBaseException().Message : e.Message;

    [LoggerMessage(Level = LogLevel.Information, Message = "Serving on {Addresses}: {Targets} targets of {ConfigFile}; MtlsProbe {Version}")]
    private static partial void LogServing(ILogger log, string addresses, int targets, string configFile, string version);

    [LoggerMessage(Level = LogLevel.Information, Message = "Serving on {Addresses}: shard {Shard}, {Targets} of {AllTargets} targets of {ConfigFile}; MtlsProbe {Version}")]
    private static partial void LogServingShard(ILogger log, string addresses, string shard, int targets, int allTargets, string configFile, string version);

    [LoggerMessage(Level = LogLevel.Error, Message = "The status cannot be reported to the service manager")]
    private static partial void LogNotReported(ILogger log, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopped")]
    private static partial void LogStopped(ILogger log);
}
