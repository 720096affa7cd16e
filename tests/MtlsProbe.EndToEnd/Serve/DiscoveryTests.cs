using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>Discovered targets: from the same lists as a real Prometheus, and from a real name server.</summary>
public sealed class DiscoveryTests : IDisposable
{
    private readonly Workspace _workspace = new("discovery");

    public void Dispose() => _workspace.Dispose();

    [PrometheusFact]
    public async Task Prometheus_and_the_exporter_find_the_same_addresses_and_labels_in_the_same_files_and_at_the_same_server()
    {
        _workspace.Write("targets/a.yml", """
            - targets: [127.0.0.1:1, 'localhost:1']
              labels: { team: money, env: prod, __meta_zone: a, empty: '' }
            - targets: ['[::1]:1']
            - { labels: { team: nobody } }
            """);
        _workspace.Write("targets/b.json", """[{ "targets": ["127.0.0.2:1"], "labels": { "team": "goods", "quoted": "a \"b\" \u00e4" } }]""");
        await using var list = await ListServer.StartAsync("""[{ "targets": ["127.0.0.3:1", "127.0.0.4:1"], "labels": { "team": "list", "__meta_x": "y" } }]""");
        await using var prometheus = await PrometheusServer.Start(_workspace, $$"""
            scrape_configs:
              - { job_name: files, scrape_interval: 1h, file_sd_configs: [{ files: ['{{_workspace.PathOf("targets/*.yml")}}', '{{_workspace.PathOf("targets/*.json")}}'], refresh_interval: 1s }] }
              - { job_name: list, scrape_interval: 1h, http_sd_configs: [{ url: '{{list.Url}}', refresh_interval: 1s }] }
            """);
        await using var exporter = await Exporter.Start(_workspace.Write("mtlsprobe.yml", $$"""
            discovery:
              - { name: files, file: { files: [targets/*.yml, targets/*.json] }, target: { protocol: tls, interval: 1h } }
              - { name: list, http: { url: "{{list.Url}}", refresh: 1s }, target: { protocol: tls, interval: 1h } }
            """));

        await Agree(prometheus, exporter, 6);

        _workspace.Write("targets/a.yml", "- { targets: [127.0.0.5:1], labels: { team: new } }");
        File.Delete(_workspace.PathOf("targets/b.json"));
        list.Text = """[{ "targets": ["127.0.0.4:1", "127.0.0.6:1"], "labels": { "team": "list" } }]""";
        await Agree(prometheus, exporter, 3);

        // Nonsense changes nothing, for either of them.
        _workspace.Write("targets/a.yml", "- { targets: [127.0.0.9:1");
        list.Text = "<html>";
        await exporter.Until(metrics => metrics.Text.Contains("mtlsprobe_discovery_up{source=\"files\"} 0", StringComparison.Ordinal) && metrics.Text.Contains("mtlsprobe_discovery_up{source=\"list\"} 0", StringComparison.Ordinal), "both sources fail");
        await Agree(prometheus, exporter, 3);
    }

    [BindFact]
    public async Task Records_of_a_real_name_server_are_targets_that_appear_and_disappear()
    {
        var port = Ports.Free();
        Zone(1, """
            _mtls._tcp SRV 0 0 8443 a
            _mtls._tcp SRV 0 0 8444 b
            pool A 127.0.0.1
            pool A 127.0.0.2
            pool AAAA ::1
            """);
        var configuration = _workspace.Write("bind/named.conf", $$"""
            options { directory "{{_workspace.Folder("bind")}}"; pid-file none; session-keyfile none; recursion no; dnssec-validation no; listen-on-v6 { none; }; listen-on port {{port}} { 127.0.0.1; }; };
            controls { };
            zone "shop.test" { type primary; file "zone"; };
            """);
        await using var bind = Unpacked.Package(Bind.Package).Start("named", "usr/sbin/named", ["-g", "-n", "1", "-c", configuration]);
        await bind.ListensOn(port);
        await using var exporter = await Exporter.Start(_workspace.Write("mtlsprobe.yml", $$"""
            defaults: { protocol: tls, interval: 1h, timeout: 1s }
            discovery:
              - { name: srv, dns: { names: [_mtls._tcp.shop.test], server: "127.0.0.1:{{port}}", refresh: 1s } }
              - { name: a, dns: { names: [pool.shop.test], type: A, port: 9443, server: "127.0.0.1:{{port}}", refresh: 1s } }
              - { name: aaaa, dns: { names: [pool.shop.test, gone.shop.test], type: AAAA, port: 9443, server: "127.0.0.1:{{port}}", refresh: 1s } }
            """));

        await Until(exporter, ["127.0.0.1:9443", "127.0.0.2:9443", "[::1]:9443", "a.shop.test:8443", "b.shop.test:8444"]);
        await exporter.Until(metrics => metrics.Text.Contains("mtlsprobe_discovery_up{source=\"aaaa\"} 0", StringComparison.Ordinal), "a name that does not exist");
        Assert.Contains("\"fault\":\"gone.shop.test: there is no such name\"", await exporter.Get("/api/v1/summary"), StringComparison.Ordinal);

        // An answer that is too large for a datagram comes over TCP. BIND accepts up to 100 records of a name.
        Zone(2, string.Concat(Enumerable.Range(0, 100).Select(i => FormattableString.Invariant($"_mtls._tcp SRV 0 0 8443 server-with-a-long-name-{i:000}\n"))));
        await bind.Signal("HUP");
        await exporter.Until(metrics => metrics.Text.Contains("mtlsprobe_discovery_targets{source=\"srv\"} 100", StringComparison.Ordinal), "100 records");
        await exporter.Until(metrics => metrics.Text.Contains("mtlsprobe_discovery_up{source=\"a\"} 0", StringComparison.Ordinal), "a name that is gone");
        Assert.Contains("127.0.0.2:9443", await Names(exporter), StringComparer.Ordinal); // and its targets stay

        await bind.Signal("TERM");
        await exporter.Until(metrics => metrics.Text.Contains("mtlsprobe_discovery_up{source=\"srv\"} 0", StringComparison.Ordinal), "no name server");
        Assert.Contains("mtlsprobe_discovery_targets{source=\"srv\"} 100", (await exporter.Scrape()).Text, StringComparison.Ordinal);
    }

    /// <summary>Compares the labels of the targets, without those that each program adds by itself.</summary>
    private static async Task Agree(PrometheusServer prometheus, Exporter exporter, int count)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var (theirs, ours) = (await Theirs(prometheus), await Ours(exporter));
            if (theirs.SequenceEqual(ours) && ours.Count == count) return;
            if (deadline.IsCancellationRequested) Assert.Equal(theirs, ours);
            await Task.Delay(200);
        }
    }

    private static async Task<List<string>> Theirs(PrometheusServer prometheus) =>
    [
        .. (await prometheus.Targets()).Select(target => Line(
            target.GetProperty("discoveredLabels").GetProperty("__address__").GetString()!,
            target.GetProperty("labels").EnumerateObject().Where(label => label.Name is not ("job" or "instance")).Select(label => (label.Name, label.Value.GetString()!)))).Order(StringComparer.Ordinal),
    ];

    private static async Task<List<string>> Ours(Exporter exporter)
    {
        using var page = JsonDocument.Parse(await exporter.Get("/api/v1/fleet?limit=500"));
        return [.. page.RootElement.GetProperty("rows").EnumerateArray().Select(row => Line(
            row.GetProperty("address").GetString()!, row.GetProperty("labels").EnumerateObject().Select(label => (label.Name, label.Value.GetString()!)))).Order(StringComparer.Ordinal)];
    }

    private static string Line(string address, IEnumerable<(string Name, string Value)> labels) => $"{address} {string.Join(' ', labels.OrderBy(label => label.Name, StringComparer.Ordinal).Select(label => $"{label.Name}={label.Value}"))}";

    private static async Task<List<string>> Names(Exporter exporter)
    {
        using var page = JsonDocument.Parse(await exporter.Get("/api/v1/fleet?limit=500"));
        return [.. page.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("target").GetString()!).Order(StringComparer.Ordinal)];
    }

    private static async Task Until(Exporter exporter, List<string> names)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!(await Names(exporter)).SequenceEqual(names))
        {
            if (deadline.IsCancellationRequested) Assert.Equal(names, await Names(exporter));
            await Task.Delay(100);
        }
    }

    private void Zone(int serial, string records) => _workspace.Write("bind/zone", string.Create(CultureInfo.InvariantCulture, $"""
        $TTL 1
        $ORIGIN shop.test.
        @ SOA ns hostmaster {serial} 60 60 60 1
        @ NS ns
        ns A 127.0.0.1
        {records.ReplaceLineEndings("\n")}

        """));

    private sealed class BindFactAttribute : FactAttribute
    {
        public BindFactAttribute() => Skip = Unpacked.Missing(Bind.Package);
    }

    /// <summary>A server that returns lists of targets.</summary>
    private sealed class ListServer(WebApplication server) : IAsyncDisposable
    {
        private volatile string _text = "[]";

        public string Url => server.Urls.Single() + "/targets";

        public string Text
        {
            set => _text = value;
        }

        public static async Task<ListServer> StartAsync(string text)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            var list = new ListServer(app) { Text = text };
            app.Run(context =>
            {
                context.Response.ContentType = "application/json";
                return context.Response.WriteAsync(list._text);
            });
            await app.StartAsync();
            return list;
        }

        public ValueTask DisposeAsync() => server.DisposeAsync();
    }
}
