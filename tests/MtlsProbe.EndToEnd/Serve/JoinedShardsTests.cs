using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Alerting;
using MtlsProbe.EndToEnd.Dashboards;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>
/// Three shards beside one process that probes the same targets alone, and a real Prometheus that scrapes both, the shards as in the example. Rules
/// and dashboards have the same result for both. A real Alertmanager has the shipped example.
/// </summary>
public sealed partial class JoinedShardsTests : IAsyncLifetime
{
    private const string Alone = "alone";
    private const string Shards = "mtlsprobe";

    /// <summary>All rules but those about clocks, which are the same for all here, and those that look back for days.</summary>
    private static readonly string[] s_rules = ["credentials", "enforcement", "exporter", "forecast", "inventory", "outages", "reachability", "revocation", "rotation", "servers"];

    /// <summary>The alerts that the faults below cause.</summary>
    private static readonly string[] s_alerts =
        ["MtlsProbeBreaksSoon", "MtlsProbeClientCertificateExpiring", "MtlsProbeCredentialRefused", "MtlsProbeTargetUnreachable", "MtlsProbeTrustAnchorExpiring"];

    /// <summary>The panels of the exporter's dashboard that are not about one process.</summary>
    private static readonly string[] s_ofExporter = ["exporter: Stale results", "exporter: Broken credential files", "exporter: Broken trust files", "exporter: Skipped in this time", "exporter: Targets found"];

    private readonly List<IAsyncDisposable> _running = [];
    private readonly List<Exporter> _exporters = []; // the three shards, and the single process
    private FleetServers _servers = null!;
    private PrometheusServer _prometheus = null!;
    private Webhook _webhook = null!;
    private Alertmanager _alertmanager = null!;

    public async Task InitializeAsync()
    {
        if (AlertingFactAttribute.Missing is not null) return;
        _servers = await FleetServers.Start("joined", 1, "https"); // whose answers do not depend on times
        _running.Add(_servers);
        var configuration = Configuration();
        foreach (var shard in (string[][])[["--shard", "1/3"], ["--shard", "2/3"], ["--shard", "3/3"], []])
        {
            _exporters.Add(await Exporter.Start(configuration, shard));
            _running.Insert(0, _exporters[^1]);
        }

        foreach (var exporter in _exporters) await exporter.Ready();
        var rules = _servers.Workspace.Folder("rules");
        await using (var shorten = ChildProcess.Start("shorten", Path.Combine(Repository.Root, "alerts", "shorten"), ["60", rules, .. s_rules.Select(name => Path.Combine(Repository.Root, "alerts", $"{name}.rules.yml"))]))
            Assert.True(await shorten.Exit(TimeSpan.FromSeconds(60)) == 0, shorten.Output);
        _webhook = await Webhook.Start();
        _running.Insert(0, _webhook);
        _alertmanager = await Alertmanager.Start(_servers.Workspace, _webhook, 60);
        _running.Insert(0, _alertmanager);
        _prometheus = await PrometheusServer.Start(_servers.Workspace, await Example(rules));
        _running.Insert(0, _prometheus);
    }

    public async Task DisposeAsync()
    {
        foreach (var running in _running) await running.DisposeAsync();
    }

    [AlertingFact]
    public async Task Alerts_of_shards_come_once_and_equal_those_of_one_process_each_panel_counts_the_same_and_a_lost_shard_is_one_page()
    {
        for (var shard = 0; shard < 3; shard++) Assert.NotEmpty((await _exporters[shard].Scrape()).All("mtlsprobe_target_info"));

        await Until(async () =>
        {
            var (ofOne, ofShards) = (await Alerts(Alone), await Alerts(Shards));
            return ofOne.SequenceEqual(ofShards) && s_alerts.All(name => ofOne.Any(alert => alert.Contains($"alertname={name},", StringComparison.Ordinal)));
        }, async () => Assert.Equal(await Alerts(Alone), await Alerts(Shards)));
        await PanelsAgree();
        await LostShardIsOnePage();
    }

    /// <summary>Good targets, some of them with a credential that expires soon, and one target for each fault.</summary>
    private string Configuration()
    {
        var (files, workspace) = (_servers.Files, _servers.Workspace);
        var ending = TestPki.Shared.NewClient(Template.Client("ending") with { NotBefore = DateTimeOffset.UtcNow.AddDays(-88), NotAfter = DateTimeOffset.UtcNow.AddDays(2) });
        var (certificate, key) = (workspace.Write("ending.crt", ending.ChainPem), workspace.Write("ending.key", ending.KeyPem));
        var spare = workspace.Write("spare.pem", Authority.SelfSigned(Template.Authority("Spare Root") with { NotAfter = DateTimeOffset.UtcNow.AddDays(30) }).CertificatePem);
        IReadOnlyList<TargetEntry> targets =
        [
            .. Enumerable.Range(0, 8).Select(i => new TargetEntry($"good-{i}", _servers.FirstPort) { Protocol = "https", More = ["must_reject: [none]", "labels: { team: money }"] }),
            .. ((string[])["ending-1", "ending-2", "ending-3"]).Select(name => new TargetEntry(name, _servers.FirstPort) { Protocol = "https", Identity = "ending", More = ["trust: ending"] }),
            new("refused", _servers.FirstPort) { Protocol = "https", Identity = "wrong_ca" },
            new("absent", Ports.Free()),
        ];
        return new ConfigFile(files, targets)
        {
            Interval = "2s",
            Timeout = "2s",
            Identities = ["good", "wrong_ca"],
            MoreIdentities = $"  ending:\n    current: {{ certificate: {certificate}, key: {key} }}\n",
            MoreTrust = $"  ending: {{ files: [{files.Root}, {spare}] }}\ninventory: [{{ name: servers, files: [{files.ServerLeaf("good")}, {files.ServerLeaf("expired")}] }}]\n",
        }.WriteTo(workspace);
    }

    /// <summary>examples/shards/prometheus.yml with the addresses, the rules and the pace of this test, and one more job.</summary>
    private async Task<string> Example(string rules)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "examples", "shards", "prometheus.yml"));
        for (var shard = 1; shard <= 3; shard++) text = text.Replace($"shard-{shard}.internal:10219", $"127.0.0.1:{_exporters[shard - 1].Port}", StringComparison.Ordinal);
        return text.Replace("/etc/prometheus/mtlsprobe", rules, StringComparison.Ordinal).Replace("30s", "1s", StringComparison.Ordinal)
            + $"  - job_name: {Alone}\n    static_configs: [{{ targets: [\"127.0.0.1:{_exporters[3].Port}\"] }}]\n"
            + $"alerting: {{ alertmanagers: [{{ static_configs: [{{ targets: [\"127.0.0.1:{_alertmanager.Port}\"] }}] }}] }}\n";
    }

    /// <summary>The firing alerts of a job, without the labels of their source.</summary>
    private async Task<List<string>> Alerts(string job) =>
        [.. (await _prometheus.At(DateTimeOffset.UtcNow, $"ALERTS{{job=\"{job}\", alertstate=\"firing\"}}")).Select(Line).Order(StringComparer.Ordinal)];

    private async Task PanelsAgree()
    {
        var now = DateTimeOffset.UtcNow;
        List<string> different = [];
        foreach (var dashboard in ShippedDashboards.All)
        {
            foreach (var variables in await Choices.Of(dashboard, _prometheus, now.AddMinutes(-5), now))
            {
                foreach (var query in dashboard.Queries.Where(query => dashboard.Name != "exporter" || s_ofExporter.Contains(query.Place)))
                {
                    var (ofOne, ofShards) = (await Answers(Alone), await Answers(Shards));
                    if (!ofOne.SequenceEqual(ofShards)) different.Add($"{query.Where}\n  alone: {string.Join("; ", ofOne)}\n  shards: {string.Join("; ", ofShards)}");

                    async Task<List<string>> Answers(string job)
                    {
                        var expression = variables.With("job", [job]).Of(query.Expression);
                        var isSteady = !Moving().IsMatch(expression);
                        return [.. (await _prometheus.At(now, expression)).Select(series => isSteady ? $"{Line(series)} {series.Value}" : Line(series)).Order(StringComparer.Ordinal)];
                    }
                }
            }
        }

        Assert.True(different.Count == 0, string.Join('\n', different));
    }

    /// <summary>Kills a shard after all pages were sent, and waits until Prometheus misses it in both ways.</summary>
    private async Task LostShardIsOnePage()
    {
        const string Pages = "ALERTS{alertstate=\"firing\", severity=\"critical\"}";
        await Until(
            async () => (await _prometheus.At(DateTimeOffset.UtcNow, Pages)).All(page => Paged().Contains(Key(page.Labels))),
            async () => Assert.Equal((await _prometheus.At(DateTimeOffset.UtcNow, Pages)).Select(page => Key(page.Labels)).Order(StringComparer.Ordinal), Paged().Order(StringComparer.Ordinal)));
        var before = Paged();

        await _exporters[1].Process.Signal("KILL");
        await Until(
            async () => Paged().Except(before).Any() && (await _alertmanager.Inhibited()).Any(muted => muted.Alert.Name == "MtlsProbeShardMissing"),
            async () => Assert.Fail(string.Join('\n', (await _alertmanager.Alerts()).Select(SentAlert.Read))));

        Assert.Equal(
            [$"alertname=MtlsProbeDown, instance=127.0.0.1:{_exporters[1].Port}, job={Shards}, severity=critical"],
            Paged().Except(before));

        HashSet<string> Paged() => [.. _webhook.Deliveries.Where(delivery => delivery is { Receiver: "page", Firing: true }).Select(delivery => Key(delivery.Alert.Labels))];

        static string Key(IReadOnlyDictionary<string, string> labels) =>
            string.Join(", ", labels.Where(label => label.Key is not ("__name__" or "alertstate")).OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
    }

    /// <summary>Asks again until it is so.</summary>
    /// <param name="fail">Says what is still missing after 90 seconds.</param>
    private static async Task Until(Func<Task<bool>> condition, Func<Task> fail)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (!await condition())
        {
            if (deadline.IsCancellationRequested)
            {
                await fail();
                Assert.Fail("the time is over");
            }

            await Task.Delay(250);
        }
    }

    /// <summary>Its labels without those of its source.</summary>
    private static string Line(Series series) =>
        string.Concat(series.Labels.Where(label => label.Key is not ("job" or "instance")).OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}, "));

    /// <summary>Expressions with another value at each scrape or in each process.</summary>
    [GeneratedRegex(@"time\(|timestamp|rate\(|increase\(|duration|_total|ALERTS_FOR_STATE")]
    private static partial Regex Moving();
}
