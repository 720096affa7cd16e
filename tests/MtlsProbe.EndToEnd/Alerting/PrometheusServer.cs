using System.Globalization;
using System.Text.Json;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>A real Prometheus with rules, which scrapes and evaluates every second and sends its alerts to an Alertmanager.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Workspace _workspace;
    private readonly string _name;
    private readonly HttpClient _http;

    private PrometheusServer(Workspace workspace, string name, ChildProcess process, int port)
    {
        (_workspace, _name, Process) = (workspace, name, process);
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(30) };
    }

    public ChildProcess Process { get; }

    /// <summary>
    /// Starts it, and gives it its rules when it scrapes all exporters: it takes 5 s to find them, which for shortened rules are minutes.
    /// </summary>
    /// <param name="name">On every alert that it sends, as the label <c>prometheus</c>.</param>
    /// <param name="rules">A folder with files of rules.</param>
    /// <param name="exporters">Each with its label <c>instance</c>.</param>
    public static async Task<PrometheusServer> Start(Workspace workspace, string name, string rules, int alertmanagerPort, params IEnumerable<(string Instance, int Port)> exporters)
    {
        var port = Ports.Free();
        WriteTargets(workspace, name, exporters);
        var configuration = workspace.Write($"{name}/prometheus.yml", $$"""
            global:
              scrape_interval: 1s
              scrape_timeout: 1s
              evaluation_interval: 1s
              external_labels: { prometheus: {{name}} }
            rule_files: ["{{workspace.PathOf($"{name}/rules")}}/*.rules.yml"]
            alerting:
              alertmanagers:
                - static_configs: [{ targets: ["127.0.0.1:{{alertmanagerPort}}"] }]
            scrape_configs:
              - job_name: mtlsprobe
                file_sd_configs: [{ files: ["{{TargetsFile(workspace, name)}}"], refresh_interval: 1s }]
            """);
        var process = ChildProcess.Start($"prometheus {name}", "prometheus",
        [
            $"--config.file={configuration}", $"--storage.tsdb.path={workspace.Folder($"{name}/data")}",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--log.level=warn",
        ]);
        await process.ListensOn(port);
        var server = new PrometheusServer(workspace, name, process, port);
        await server.Has("up == 1", exporters.Count());
        Directory.CreateSymbolicLink(workspace.PathOf($"{name}/rules"), rules);
        await process.Signal("HUP");
        await server.Evaluates(1);
        return server;
    }

    /// <summary>From now on these exporters are scraped.</summary>
    public void Scrape(params IEnumerable<(string Instance, int Port)> exporters) => WriteTargets(_workspace, _name, exporters);

    /// <summary>What a query gives, one series each.</summary>
    public async Task<IReadOnlyList<Series>> Query(string query)
    {
        using var response = await _http.GetAsync(new Uri($"/api/v1/query?query={Uri.EscapeDataString(query)}", UriKind.Relative));
        if (!response.IsSuccessStatusCode) return []; // it is unavailable while it starts
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return
        [
            .. answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(series => new Series(
                query,
                series.GetProperty("metric").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!),
                double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture))),
        ];
    }

    /// <summary>Waits until a query gives so many series.</summary>
    public async Task Has(string query, int series)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while ((await Query(query)).Count != series)
        {
            if (deadline.IsCancellationRequested) throw new TimeoutException($"{Process.Name} has no {series} series of {query}:\n{Process.Output}");
            await Task.Delay(200);
        }
    }

    /// <summary>Waits until every group of rules has been evaluated so many times more.</summary>
    public async Task Evaluates(int times)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var start = await Iterations();
        while (true)
        {
            var now = await Iterations();
            if (now.Count > 0 && now.All(group => group.Value >= start.GetValueOrDefault(group.Key) + times)) return;
            if (deadline.IsCancellationRequested) throw new TimeoutException($"{Process.Name} does not evaluate its rules:\n{Process.Output}");
            await Task.Delay(200);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Process.DisposeAsync();
    }

    private async Task<IReadOnlyDictionary<string, double>> Iterations()
    {
        var metrics = new MetricsText(await _http.GetStringAsync(new Uri("/metrics", UriKind.Relative)));
        return metrics.All("prometheus_rule_group_iterations_total").ToDictionary(series => series.Labels["rule_group"], series => series.Value);
    }

    private static string TargetsFile(Workspace workspace, string name) => workspace.PathOf($"{name}/targets.json");

    /// <summary>By a rename, so that nobody reads half of it.</summary>
    private static void WriteTargets(Workspace workspace, string name, IEnumerable<(string Instance, int Port)> exporters)
    {
        var list = JsonSerializer.Serialize(exporters.Select(exporter => new { targets = new[] { $"127.0.0.1:{exporter.Port}" }, labels = new { instance = exporter.Instance } }));
        File.Move(workspace.Write($"{name}/targets.new", list), TargetsFile(workspace, name), overwrite: true);
    }
}
