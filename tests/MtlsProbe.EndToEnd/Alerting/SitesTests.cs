using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>Two Prometheus servers that send to one Alertmanager, and whose exporters have the same name.</summary>
public sealed class SitesTests
{
    [AlertingFact]
    public async Task An_exporter_that_is_down_mutes_the_alerts_of_its_own_site_only()
    {
        using var workspace = new Workspace("sites");
        await using var webhook = await Webhook.Start();
        await using var alertmanager = await Alertmanager.Start(workspace, webhook, 60);

        await alertmanager.Fire(
            Alert("MtlsProbeDown", "here"), Expired("here"), Absent("here"),
            Expired("there"), Absent("there"));

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (webhook.Deliveries.Count < 3) await Task.Delay(100, deadline.Token);
        Assert.Equal(
            ["MtlsProbeAbsent there", "MtlsProbeDown here", "MtlsProbeServerCertificateExpired there"],
            webhook.Deliveries.Select(delivery => Line(delivery.Alert)).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["MtlsProbeAbsent here", "MtlsProbeServerCertificateExpired here"],
            (await alertmanager.Inhibited(2)).Select(muted => Line(muted.Alert)).Order(StringComparer.Ordinal));
    }

    private static string Line(SentAlert alert) => $"{alert.Name} {alert.Labels["cluster"]}";

    private static Dictionary<string, string> Absent(string cluster) => Alert("MtlsProbeAbsent", cluster).Where(label => label.Key is not ("job" or "instance")).ToDictionary();

    private static Dictionary<string, string> Expired(string cluster) => new(Alert("MtlsProbeServerCertificateExpired", cluster)) { ["target"] = "payments", ["position"] = "leaf" };

    private static Dictionary<string, string> Alert(string name, string cluster) => new()
    {
        ["alertname"] = name, ["severity"] = "critical", ["cluster"] = cluster, ["job"] = "mtlsprobe", ["instance"] = "mtlsprobe.monitoring.svc:10219",
    };
}
