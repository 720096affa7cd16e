using System.Diagnostics;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>
/// The whole way from servers to a webhook, once: a healthy fleet with a rotation done right, then everything broken at once, then all of
/// it mended. It keeps what was seen when nothing more was to come.
/// </summary>
public sealed class AlertingRun : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private readonly List<IAsyncDisposable> _running = [];
    private Stage? _stage = null!;
    private Webhook _webhook = null!;
    private Alertmanager _alertmanager = null!;
    private PrometheusServer _prometheus = null!;

    /// <summary>After the rotation, with nothing at fault.</summary>
    internal Seen Healthy { get; private set; } = null!;

    /// <summary>With everything at fault.</summary>
    internal Seen Broken { get; private set; } = null!;

    /// <summary>With everything mended.</summary>
    internal Seen Mended { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (AlertingFactAttribute.Missing is not null) return; // every test is skipped
        var stage = _stage = new Stage();
        _webhook = await Keep(Webhook.Start());
        _alertmanager = await Keep(Alertmanager.Start(stage.Workspace, ShippedAlerts.Alertmanager(_webhook.Port)));
        var fleet = await Keep(AlertingFleet.Start(stage));
        await fleet.Exporter.Ready();
        var others = new OtherExporters(stage);
        _running.Add(others);
        await others.Start();
        _prometheus = await Keep(PrometheusServer.Start(
            stage.Workspace, "main", await ShippedAlerts.Shorten(stage.Workspace), _alertmanager.Port,
            [(AlertingFleet.Instance, fleet.Exporter.Port), .. others.Scraped]));

        await fleet.Rotation.Run(fleet.Exporter);
        Healthy = await Settle();

        await fleet.Break();
        await others.Break();
        await Until(deliveries => Cases.All.All(@case => @case.Alerts.All(alert => deliveries.Any(d => d.Firing && d.Is(@case, alert)))));
        Broken = await Settle();

        await others.Mend();
        await fleet.Mend();
        await Until(deliveries => deliveries.GroupBy(d => (d.Alert.Fingerprint, d.Receiver)).All(group => !group.Last().Firing));
        Mended = await Settle();
    }

    public async Task DisposeAsync()
    {
        foreach (var running in Enumerable.Reverse(_running)) await running.DisposeAsync();
        if (_stage is not null) await _stage.DisposeAsync();
    }

    /// <summary>Waits for notifications; what does not come is for the tests to tell.</summary>
    private async Task Until(Func<IReadOnlyList<Delivery>, bool> condition)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition(Tickets(_webhook.Deliveries)) && Stopwatch.GetElapsedTime(start) < Patience) await Task.Delay(200);
    }

    /// <summary>
    /// Waits until the rules have been evaluated some times more, and the watchdog has come some times more after that: what was to
    /// come of what is so now has come.
    /// </summary>
    private async Task<Seen> Settle()
    {
        await _prometheus.Evaluates(5);
        var start = Stopwatch.GetTimestamp();
        var before = Watchdogs();
        while (Watchdogs() < before + 3)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience) throw new TimeoutException("the watchdog does not come any more");
            await Task.Delay(200);
        }

        return new Seen(Tickets(_webhook.Deliveries), await _alertmanager.Alerts(), Watchdogs());
    }

    private int Watchdogs() => _webhook.Deliveries.Count(delivery => delivery is { Firing: true, Alert.Name: ShippedAlerts.Watchdog });

    private static IReadOnlyList<Delivery> Tickets(IEnumerable<Delivery> deliveries) => [.. deliveries.Where(delivery => delivery.Alert.Name != ShippedAlerts.Watchdog)];

    private async Task<T> Keep<T>(Task<T> starting) where T : IAsyncDisposable
    {
        var started = await starting;
        _running.Add(started);
        return started;
    }
}

/// <summary>What there was at the other end at one time.</summary>
/// <param name="Deliveries">All so far, but for the watchdog's.</param>
/// <param name="Firing">In Alertmanager, muted ones and the watchdog too.</param>
/// <param name="Watchdogs">How often that one had come.</param>
internal sealed record Seen(IReadOnlyList<Delivery> Deliveries, IReadOnlyList<Alert> Firing, int Watchdogs);
