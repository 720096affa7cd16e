using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>What an alert for many targets mutes at a real Alertmanager with the shipped example, and what it must not mute.</summary>
public sealed class InhibitionTests
{
    private static readonly Dictionary<string, string> s_unreachable = Labels("MtlsProbeTargetUnreachable", ("class", "network"), ("reason", "connect_timeout"), ("identity", "checkout"), ("slot", "current"));
    private static readonly Dictionary<string, string> s_untrusted =
        Labels("MtlsProbeServerCertificateInvalid", ("class", "server_certificate"), ("reason", "untrusted_issuer"), ("error", "untrusted_issuer"), ("identity", "checkout"), ("trust", "internal"));
    private static readonly Dictionary<string, string> s_expired = Labels("MtlsProbeServerCertificateExpired", ("class", "server_certificate"), ("reason", "expired"), ("position", "leaf"), ("trust", "internal"));
    private static readonly Dictionary<string, string> s_refused = Labels("MtlsProbeCredentialRefused", ("class", "client_certificate"), ("reason", "unknown_ca"), ("identity", "checkout"), ("slot", "current"));

    /// <summary>One page of each kind, each in its own cluster: the label that a case varies must not match the page of another case.</summary>
    private static readonly IReadOnlyList<Dictionary<string, string>> s_pages =
    [
        Labels("MtlsProbeExporterTargetsFailing", ("cluster", "exporter"), ("class", "network"), ("reason", "connect_timeout")),
        Labels("MtlsProbeTrustTargetsFailing", ("cluster", "trust"), ("trust", "internal"), ("class", "server_certificate"), ("reason", "untrusted_issuer")),
        Labels("MtlsProbeTrustTargetsFailing", ("cluster", "anchor"), ("trust", "internal"), ("class", "server_certificate"), ("reason", "expired")),
        Labels("MtlsProbeIdentityTargetsFailing", ("cluster", "identity"), ("identity", "checkout"), ("class", "client_certificate"), ("reason", "unknown_ca")),
    ];

    /// <summary>The target has the name of the case.</summary>
    private static readonly IReadOnlyList<Dictionary<string, string>> s_muted =
    [
        Case("exporter", "the same", s_unreachable),
        Case("exporter", "another identity", s_unreachable, ("identity", "ledger")),
        Case("exporter", "a page for this target", s_unreachable, ("severity", "critical")),
        Case("exporter", "the identity's page", Labels("MtlsProbeIdentityTargetsFailing", ("identity", "checkout"), ("class", "network"), ("reason", "connect_timeout"))),
        Case("trust", "the same", s_untrusted),
        Case("trust", "the identity's page", Labels("MtlsProbeIdentityTargetsFailing", ("identity", "checkout"), ("trust", "internal"), ("class", "server_certificate"), ("reason", "untrusted_issuer"))),
        Case("anchor", "an expired anchor", s_untrusted, ("reason", "expired"), ("error", "expired")),
        Case("identity", "the same", s_refused),
    ];

    private static readonly IReadOnlyList<Dictionary<string, string>> s_told =
    [
        Case("exporter", "another reason", s_unreachable, ("reason", "dns_failed")),
        Case("exporter", "another class", s_unreachable, ("alertname", "MtlsProbeHandshakeFailing"), ("class", "protocol"), ("reason", "handshake_timeout")),
        Case("exporter", "another exporter", s_unreachable, ("instance", "another")),
        Case("exporter", "another job", s_unreachable, ("job", "another")),
        Case("exporter", "the next credential", s_unreachable, ("slot", "next")),
        Case("exporter", "an expired certificate", s_expired),
        Case("exporter", "a certificate that expires", Labels("MtlsProbeServerCertificateExpiring", ("position", "leaf"))),
        Case("exporter", "a refusal", s_refused),
        Case("nowhere", "another cluster", s_unreachable),
        Case("trust", "another trust bundle", s_untrusted, ("trust", "partner")),
        Case("trust", "another reason", s_untrusted, ("reason", "name_mismatch"), ("error", "name_mismatch")),
        Case("trust", "an expired certificate", s_expired),
        Case("trust", "no trust bundle known", Without(s_untrusted, "trust")),
        Case("anchor", "an expired certificate, not an anchor", s_expired),
        Case("identity", "another identity", s_refused, ("identity", "ledger")),
        Case("identity", "another reason", s_refused, ("reason", "certificate_revoked")),
        Case("identity", "no reason known", Without(s_refused, "reason")),
        Case("identity", "our certificate has expired", Labels("MtlsProbeClientCertificateExpiring", ("identity", "checkout"), ("slot", "current"), ("position", "leaf"))),
    ];

    [AlertingFact]
    public async Task A_page_for_many_targets_mutes_what_it_counts_and_nothing_else()
    {
        using var workspace = new Workspace("inhibition");
        await using var webhook = await Webhook.Start();
        await using var alertmanager = await Alertmanager.Start(workspace, webhook, 60);

        await alertmanager.Fire([.. s_pages, .. s_muted, .. s_told]);

        Assert.Equal(s_muted.Select(Line).Order(StringComparer.Ordinal), (await alertmanager.Inhibited(s_muted.Count)).Select(muted => Line(muted.Alert.Labels)).Order(StringComparer.Ordinal));
    }

    [AlertingFact]
    public async Task A_target_of_two_shards_is_one_notification()
    {
        using var workspace = new Workspace("two-shards");
        await using var webhook = await Webhook.Start();
        await using var alertmanager = await Alertmanager.Start(workspace, webhook, 60);

        await alertmanager.Fire(Case("c", "payments", s_refused, ("instance", "mtlsprobe-0")), Case("c", "payments", s_refused, ("instance", "mtlsprobe-1")));

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (webhook.Deliveries.Count < 2) await Task.Delay(100, deadline.Token);
        Assert.Single(webhook.Deliveries.Select(delivery => delivery.Notification).Distinct());
    }

    /// <summary>Alerts that all shards have in common have no instance.</summary>
    [AlertingFact]
    public async Task An_expired_credential_of_all_shards_mutes_the_refusals_at_each_one_of_an_exporter_those_there_and_both_are_muted_when_no_exporter_is_left()
    {
        using var workspace = new Workspace("shards-muted");
        await using var webhook = await Webhook.Start();
        await using var alertmanager = await Alertmanager.Start(workspace, webhook, 60);
        var expired = Without(Labels("MtlsProbeClientCertificateExpired", ("severity", "critical"), ("identity", "checkout"), ("slot", "current"), ("position", "leaf")), "instance");
        var absent = Without(Labels("MtlsProbeAbsent", ("severity", "critical")), "instance", "job");

        await alertmanager.Fire(
            Case("exporters", "of one exporter", expired, ("instance", "first")), Case("exporters", "a refusal there", s_refused, ("instance", "first")), Case("exporters", "a refusal at another", s_refused, ("instance", "second")),
            Case("shards", "of all shards", expired), Case("shards", "a refusal at the first", s_refused, ("instance", "mtlsprobe-0")), Case("shards", "a refusal at the second", s_refused, ("instance", "mtlsprobe-1")),
            Case("shards", "another identity", s_refused, ("identity", "ledger")),
            Case("gone", "no exporter", absent), Case("gone", "the job", absent, ("job", "mtlsprobe")), Case("gone", "of all shards", expired), Case("gone", "of one exporter", s_expired),
            Case("gone job", "no exporter of the job", absent, ("job", "mtlsprobe")), Case("gone job", "of its shards", expired), Case("gone job", "of others", expired, ("job", "another")));

        Assert.Equal(
            ["exporters: a refusal there", "gone job: of its shards", "gone: of all shards", "gone: the job", "shards: a refusal at the first", "shards: a refusal at the second"],
            (await alertmanager.Inhibited(6)).Select(muted => Line(muted.Alert.Labels)).Order(StringComparer.Ordinal));
    }

    [AlertingFact]
    public async Task A_shard_that_is_down_is_not_missing_as_well_but_another_fleet_is()
    {
        using var workspace = new Workspace("shard-down");
        await using var webhook = await Webhook.Start();
        await using var alertmanager = await Alertmanager.Start(workspace, webhook, 60);
        var down = Labels("MtlsProbeDown", ("severity", "critical"));
        var missing = Without(Labels("MtlsProbeShardMissing", ("severity", "critical"), ("shards", "3")), "instance");
        var absent = Without(Labels("MtlsProbeAbsent", ("severity", "critical")), "instance", "job");

        await alertmanager.Fire(
            Case("shards", "a shard", down), Case("shards", "missing", missing), Case("shards", "missing in another job", missing, ("job", "another")), Case("shards", "no exporter of a third job", absent, ("job", "third")),
            Case("one", "the only exporter", down), Case("one", "no exporter", absent));

        Assert.Equal(["one: no exporter", "shards: missing"], (await alertmanager.Inhibited(2)).Select(muted => Line(muted.Alert.Labels)).Order(StringComparer.Ordinal));
    }

    private static string Line(IReadOnlyDictionary<string, string> labels) => $"{labels["cluster"]}: {labels["target"]}";

    private static Dictionary<string, string> Case(string cluster, string target, Dictionary<string, string> labels, params IEnumerable<(string Name, string Value)> more)
    {
        Dictionary<string, string> all = new(labels) { ["cluster"] = cluster, ["target"] = target };
        foreach (var (name, value) in more) all[name] = value;
        return all;
    }

    private static Dictionary<string, string> Without(Dictionary<string, string> labels, params string[] names) => labels.Where(one => !names.Contains(one.Key)).ToDictionary();

    private static Dictionary<string, string> Labels(string alert, params IEnumerable<(string Name, string Value)> more)
    {
        Dictionary<string, string> labels = new() { ["alertname"] = alert, ["severity"] = "warning", ["job"] = "mtlsprobe", ["instance"] = "mtlsprobe.monitoring.svc:10219" };
        foreach (var (name, value) in more) labels[name] = value;
        return labels;
    }
}
