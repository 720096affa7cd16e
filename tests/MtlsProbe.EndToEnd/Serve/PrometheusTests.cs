using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>A real Prometheus scrapes a real exporter that probes real servers, in both formats.</summary>
public sealed class PrometheusTests : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _running = [];
    private FleetServers _servers = null!;
    private Exporter _exporter = null!;

    public async Task InitializeAsync()
    {
        if (RealServers.Missing is not null) return;
        _servers = await FleetServers.Start("prometheus", 2);
        _running.Add(_servers);
        TargetEntry[] targets =
        [
            new("good", _servers.FirstPort) { More = ["labels: { team: money }"] },
            new("refused", _servers.FirstPort + 1) { Identity = "wrong_ca" },
            new("absent", Ports.Free()),
        ];
        _exporter = await Exporter.Start(new ConfigFile(_servers.Files, targets) { Interval = "5s", Timeout = "5s" }.WriteTo(_servers.Workspace));
        _running.Insert(0, _exporter);
        await _exporter.Ready();
    }

    public async Task DisposeAsync()
    {
        foreach (var running in _running) await running.DisposeAsync();
    }

    [PrometheusFact]
    public async Task A_real_Prometheus_scrapes_both_formats()
    {
        var (proxy, proxyPort) = await Nginx.StartTextProxy(_servers.Workspace, _exporter.Port);
        _running.Insert(0, proxy);
        var (prometheus, port) = await StartPrometheus(proxyPort);
        _running.Insert(0, prometheus);

        foreach (var job in (string[])["openmetrics", "text"])
        {
            Assert.Equal(1, await Query(prometheus, port, $"up{{job=\"{job}\"}}"));
            Assert.Equal(1, await Query(prometheus, port, $"mtlsprobe_success{{job=\"{job}\",target=\"good\",team=\"money\"}}"));
            Assert.Equal(0, await Query(prometheus, port, $"mtlsprobe_client_certificate_accepted{{job=\"{job}\",target=\"refused\"}}"));
            Assert.Equal(1, await Query(prometheus, port,
                $"mtlsprobe_failure_info{{job=\"{job}\",target=\"refused\",class=\"client_certificate\",reason=\"unknown_ca\",alert=\"unknown_ca\"}}"));
            Assert.Equal(1, await Query(prometheus, port, $"mtlsprobe_failure_info{{job=\"{job}\",target=\"absent\",reason=\"connection_refused\"}}"));
            Assert.Equal(1, await Query(prometheus, port, $"count(mtlsprobe_handshake_duration_seconds_bucket{{job=\"{job}\",le=\"+Inf\"}})"));
        }
    }

    [PrometheusFact]
    public async Task Promtool_finds_nothing_to_criticize()
    {
        using var promtool = Process.Start(new ProcessStartInfo(Needs.Find("promtool"), ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await promtool.StandardInput.WriteAsync((await _exporter.Scrape()).Text);
        promtool.StandardInput.Close();
        var said = await promtool.StandardOutput.ReadToEndAsync() + await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        Assert.Equal("", said);
        Assert.Equal(0, promtool.ExitCode);
    }

    private async Task<(ChildProcess Process, int Port)> StartPrometheus(int textPort)
    {
        var port = Ports.Free();
        var configuration = _servers.Workspace.Write("prometheus/prometheus.yml", $"""
            global: {"{"} scrape_interval: 1s, scrape_timeout: 1s {"}"}
            scrape_configs:
              - job_name: openmetrics
                static_configs: [{"{"} targets: ["127.0.0.1:{_exporter.Port}"] {"}"}]
              - job_name: text
                static_configs: [{"{"} targets: ["127.0.0.1:{textPort}"] {"}"}]
            """);
        var process = ChildProcess.Start("prometheus", "prometheus",
        [
            $"--config.file={configuration}", $"--storage.tsdb.path={_servers.Workspace.Folder("prometheus/data")}",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--log.level=warn",
        ]);
        await process.ListensOn(port);
        return (process, port);
    }

    /// <summary>Queries until there is a value; scrapes happen every second.</summary>
    private static async Task<double> Query(ChildProcess prometheus, int port, string query)
    {
        using var http = new HttpClient();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/api/v1/query?query={Uri.EscapeDataString(query)}"));
            var body = await answer.Content.ReadAsStringAsync();
            if (answer.IsSuccessStatusCode && Value(body) is { } value) return value; // it is unavailable while it starts
            if (deadline.IsCancellationRequested) throw new TimeoutException($"Prometheus has no value for {query}:\n{body}\n{prometheus.Output}");
            await Task.Delay(200);
        }
    }

    private static double? Value(string body)
    {
        using var document = JsonDocument.Parse(body);
        var result = document.RootElement.GetProperty("data").GetProperty("result");
        return result.GetArrayLength() == 0 ? null : double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
    }
}
