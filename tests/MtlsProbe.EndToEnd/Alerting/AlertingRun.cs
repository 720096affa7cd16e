using System.Diagnostics;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>
/// The whole way from servers to a webhook, once: a healthy fleet with a rotation done right, then everything broken at once, then all of
/// it mended. It keeps what was seen when nothing more was to come.
/// </summary>
public sealed class AlertingRun : IAsyncLifetime
{
    /// <summary>With whatever has to come; much more than it takes, for a busy machine.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    private const string Main = "main";

    private readonly List<IAsyncDisposable> _running = [];
    private Webhook _webhook = null!;
    private Alertmanager _alertmanager = null!;
    private PrometheusServer _prometheus = null!;

    /// <summary>After the rotation, with nothing at fault.</summary>
    internal Seen Healthy { get; private set; } = null!;

    /// <summary>With everything at fault.</summary>
    internal Seen Broken { get; private set; } = null!;

    /// <summary>With everything mended.</summary>
    internal Seen Mended { get; private set; } = null!;

    internal LonelyExporter Lonely { get; private set; } = null!;

    /// <summary>All that was notified.</summary>
    internal IReadOnlyList<Delivery> Deliveries => _webhook.Deliveries;

    public async Task InitializeAsync()
    {
        if (AlertingFactAttribute.Missing is not null) return; // every test is skipped
        var stage = Keep(new Stage());
        _webhook = Keep(await Webhook.Start());
        _alertmanager = Keep(await Alertmanager.Start(stage.Workspace, ShippedAlerts.Alertmanager(_webhook.Port)));
        var fleet = Keep(await AlertingFleet.Start(stage));
        var others = Keep(new OtherExporters(stage));
        Lonely = Keep(new LonelyExporter(stage));
        await Task.WhenAll(fleet.Exporter.Ready(), others.Start(), Lonely.Start(await ShippedAlerts.Shorten(stage.Workspace, 30), _alertmanager.Port));
        _prometheus = Keep(await PrometheusServer.Start(
            stage.Workspace, Main, await ShippedAlerts.Shorten(stage.Workspace, 60), _alertmanager.Port,
            [(AlertingFleet.Instance, fleet.Exporter.Port), .. others.Scraped]));

        await fleet.Rotation.Run(fleet.Exporter);
        Healthy = await Settle();

        var lonely = Lonely.Play(_webhook, _alertmanager);
        await fleet.Break();
        await others.Break();
        await Until(deliveries => Cases.All.All(@case => @case.Alerts.All(alert => deliveries.Any(delivery => delivery.Firing && delivery.Is(@case, alert)))));
        Broken = await Settle();

        await others.Mend();
        await fleet.Mend();
        await Until(deliveries => deliveries.GroupBy(delivery => (delivery.Alert.Fingerprint, delivery.Receiver)).All(alert => !alert.Last().Firing));
        Mended = await Settle();
        await lonely;
    }

    public async Task DisposeAsync()
    {
        foreach (var running in Enumerable.Reverse(_running)) await running.DisposeAsync();
    }

    /// <summary>Waits for notifications; what does not come is for the tests to tell.</summary>
    private async Task Until(Func<IReadOnlyList<Delivery>, bool> condition)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition(MainDeliveries()) && Stopwatch.GetElapsedTime(start) < Patience) await Task.Delay(200);
    }

    /// <summary>
    /// Waits until the rules have been evaluated some times more, and the watchdog has come some times more after that: what was to
    /// come of what is so now has come.
    /// </summary>
    private async Task<Seen> Settle()
    {
        await _prometheus.Evaluates(5);
        var before = Watchdogs();
        var start = Stopwatch.GetTimestamp();
        while (Watchdogs() < before + 3)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience) throw new TimeoutException("the watchdog does not come any more");
            await Task.Delay(200);
        }

        var firing = await _alertmanager.Alerts();
        return new Seen(MainDeliveries(), [.. firing.Where(IsMain)], Watchdogs());
    }

    private int Watchdogs() => _webhook.Deliveries.Count(delivery => delivery.Alert is { Name: ShippedAlerts.Watchdog } alert && alert["prometheus"] == Main);

    private IReadOnlyList<Delivery> MainDeliveries() => [.. _webhook.Deliveries.Where(delivery => IsMain(delivery.Alert))];

    private static bool IsMain(Alert alert) => alert["prometheus"] == Main && alert.Name != ShippedAlerts.Watchdog;

    private T Keep<T>(T started) where T : IAsyncDisposable
    {
        _running.Add(started);
        return started;
    }
}

/// <summary>What there was at the other end at one time.</summary>
/// <param name="Deliveries">All so far, but for the watchdog's.</param>
/// <param name="Firing">In Alertmanager, muted ones too, but for the watchdog.</param>
/// <param name="Watchdogs">How often that one had come.</param>
internal sealed record Seen(IReadOnlyList<Delivery> Deliveries, IReadOnlyList<Alert> Firing, int Watchdogs);
