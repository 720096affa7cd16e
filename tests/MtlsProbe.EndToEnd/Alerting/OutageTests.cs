using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>Most targets of an identity fail at once: from the metrics to the notifications, with the shipped rules and the shipped example.</summary>
public sealed class OutageTests
{
    private const int Factor = 60;
    private const string Page = "MtlsProbeIdentityTargetsFailing";
    private const string Single = "MtlsProbeCredentialRefused";

    private static readonly string[] s_checkout = [.. Enumerable.Range(0, 60).Select(i => $"checkout{i:00}")];
    private static readonly string[] s_ledger = [.. Enumerable.Range(0, 10).Select(i => $"ledger{i}")];

    /// <summary>One in twelve: too few for the page to continue.</summary>
    private static readonly string[] s_stragglers = s_checkout[..5];

    private const string OtherReason = "checkout59";
    private const string OtherIdentity = "ledger0";
    private const string OtherFault = "ledger1";

    [AlertingFact]
    public async Task Sixty_targets_are_one_page_other_faults_cause_their_own_alerts_and_at_its_end_the_remaining_failures_are_reported()
    {
        using var workspace = new Workspace("outage");
        await using var webhook = await Webhook.Start();
        await using var alertmanager = await Alertmanager.Start(workspace, webhook, Factor);
        await using var exporter = await InventedExporter.Start([.. s_checkout.Select(target => (target, "checkout")), .. s_ledger.Select(target => (target, "ledger"))]);
        await using var prometheus = await StartPrometheus(workspace, alertmanager, exporter);

        exporter.Refuse("unknown_ca", [.. s_checkout.SkipLast(1), OtherIdentity]);
        exporter.Refuse("certificate_revoked", OtherReason);
        exporter.Expire(OtherFault);
        var others = new[] { OtherReason, OtherIdentity, OtherFault };
        await Until(() => others.Append("checkout").All(subject => Told(webhook, firing: true).Contains(subject)), "the page and the other faults");

        exporter.Accept(s_checkout.Except(s_stragglers).Append(OtherIdentity).ToArray());
        await Until(() => s_stragglers.All(subject => Told(webhook, firing: true).Contains(subject)) && Told(webhook, firing: false).Contains("checkout"), "the end of the page and the stragglers");

        var page = Assert.Single(People(webhook), delivery => delivery is { Firing: true, Alert.Name: Page });
        Assert.Equal("page", page.Receiver);
        Assert.Contains("checkout: 59 targets of this identity fail with client_certificate/unknown_ca", page.Alert.Annotations["description"], StringComparison.Ordinal);
        Assert.Equal(
            [.. s_stragglers, OtherReason, OtherIdentity],
            People(webhook).Where(delivery => delivery is { Firing: true, Alert.Name: Single }).Select(delivery => delivery.Alert.Subject).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(
            [Single, Page, "MtlsProbeServerCertificateExpired"],
            People(webhook).Where(delivery => delivery.Firing).Select(delivery => delivery.Alert.Name).Distinct().Order(StringComparer.Ordinal));
    }

    private static async Task<PrometheusServer> StartPrometheus(Workspace workspace, Alertmanager alertmanager, InventedExporter exporter)
    {
        await using (var shorten = ChildProcess.Start("shorten", Path.Combine(Repository.Root, "alerts", "shorten"), [$"{Factor}", workspace.Folder("rules")]))
            Assert.True(await shorten.Exit(TimeSpan.FromSeconds(60)) == 0, shorten.Output);
        var prometheus = await PrometheusServer.Start(workspace, $$"""
            global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
            rule_files: ["{{workspace.Folder("rules")}}/*.rules.yml"]
            alerting: { alertmanagers: [ { static_configs: [ { targets: ["127.0.0.1:{{alertmanager.Port}}"] } ] } ] }
            scrape_configs: [ { job_name: mtlsprobe, static_configs: [ { targets: ["127.0.0.1:{{exporter.Port}}"] } ] } ]
            """, "--rules.alert.resend-delay=5s");

        // A refusal must be compared with an earlier state, and Prometheus needs some seconds to find Alertmanager.
        await Until(async () => (await alertmanager.Alerts()).Count > 0 && (await prometheus.At(DateTimeOffset.UtcNow, "count_over_time(mtlsprobe_success[10s]) >= 3")).Count > 0, "Prometheus");
        return prometheus;
    }

    /// <summary>The targets, identities and trust bundles in the notifications.</summary>
    private static HashSet<string> Told(Webhook webhook, bool firing) =>
        [.. People(webhook).Where(delivery => delivery.Firing == firing).Select(delivery => delivery.Alert.Subject)];

    private static IEnumerable<Delivery> People(Webhook webhook) => webhook.Deliveries.Where(delivery => delivery.Receiver is "page" or "ticket");

    private static Task Until(Func<bool> condition, string what) => Until(() => Task.FromResult(condition()), what);

    private static async Task Until(Func<Task<bool>> condition, string what)
    {
        var deadline = DateTimeOffset.UtcNow.AddSeconds(120);
        while (!await condition())
        {
            Assert.True(DateTimeOffset.UtcNow < deadline, $"missing: {what}");
            await Task.Delay(200);
        }
    }
}
