using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>The only exporter that a Prometheus of its own knows: first something is wrong with a file of its, then it is down, then it is gone.</summary>
internal sealed class LonelyExporter(Stage stage) : IAsyncDisposable
{
    public const string Name = "lonely";

    private readonly string _identity = $"{Name}-client";
    private Exporter _exporter = null!;
    private PrometheusServer _prometheus = null!;

    /// <summary>Alertmanager's answer when the exporter was down.</summary>
    public IReadOnlyList<Alert> WhileDown { get; private set; } = [];

    /// <summary>Its answer when the exporter had been down for so long that no metric of any exporter was known.</summary>
    public IReadOnlyList<Alert> WhileUnknown { get; private set; } = [];

    /// <summary>The server of its target.</summary>
    public static Endpoint Endpoint(Stage stage) => new("nginx-http", "good", stage.Port(Name), "https") { Check = stage.Known };

    public static bool Concerns(Alert alert) => alert["prometheus"] == Name && alert.Name != ShippedAlerts.Watchdog;

    /// <param name="rules">Less shortened than others: what is held for 10 minutes is to be seen beside what takes 5.</param>
    public async Task Start(string rules, int alertmanagerPort)
    {
        await stage.Current(_identity).Put(Stage.Fresh());
        _exporter = await Run();
        await _exporter.Ready();
        _prometheus = await PrometheusServer.Start(stage.Workspace, Name, rules, alertmanagerPort, (Name, _exporter.Port));
    }

    /// <summary>From the first fault until it is back.</summary>
    public async Task Play(Webhook webhook, Alertmanager alertmanager)
    {
        File.WriteAllText(stage.Path($"identities/{_identity}/current/tls.key"), "damaged\n");
        await webhook.Has("the ticket for the files", delivery => delivery.Firing && Is(delivery.Alert, "MtlsProbeCredentialFilesBroken"));

        await _exporter.DisposeAsync();
        WhileDown = await alertmanager.Until("the files are muted", alerts => alerts.Any(alert => Is(alert, "MtlsProbeCredentialFilesBroken") && alert.InhibitedBy.Count > 0));
        WhileUnknown = await alertmanager.Until("no exporter is seen", alerts => alerts.Any(alert => Is(alert, "MtlsProbeAbsent") && alert.InhibitedBy.Count > 0));

        _prometheus.Scrape();
        await webhook.Has("the page for none", delivery => delivery.Firing && Is(delivery.Alert, "MtlsProbeAbsent"));

        await stage.Current(_identity).Put(Stage.Fresh());
        _exporter = await Run();
        _prometheus.Scrape((Name, _exporter.Port));
        await alertmanager.Until("all is well again", alerts => !alerts.Any(Concerns));
    }

    public async ValueTask DisposeAsync()
    {
        if (_prometheus is not null) await _prometheus.DisposeAsync();
        if (_exporter is not null) await _exporter.DisposeAsync();
    }

    public static bool Is(Alert alert, string name) => Concerns(alert) && alert.Name == name;

    private Task<Exporter> Run() => Exporter.Start(new ConfigFile(stage.Files, [new(Name, stage.Port(Name)) { Protocol = "https", Identity = _identity }])
    {
        Interval = "2s", Timeout = "2s", Identities = [], FileName = $"{Name}.yml",
        MoreIdentities = $"  {_identity}: {{ current: {stage.Current(_identity).Yaml} }}\n",
    }.WriteTo(stage.Workspace));
}
