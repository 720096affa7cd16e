using System.Globalization;
using System.Text.Json;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>A real Prometheus, and queries of it.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private PrometheusServer(ChildProcess process, int port)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    /// <summary>Starts it with this configuration, and waits until it answers: it listens before it answers.</summary>
    public static async Task<PrometheusServer> Start(Workspace workspace, string configuration, params IEnumerable<string> more)
    {
        var port = Ports.Free();
        var process = ChildProcess.Start("prometheus", "prometheus",
        [
            $"--config.file={workspace.Write("prometheus/prometheus.yml", configuration)}", $"--storage.tsdb.path={workspace.Folder("prometheus/data")}",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--log.level=warn", .. more,
        ]);
        var server = new PrometheusServer(process, port);
        try
        {
            await process.ListensOn(port);
            await server.Ready();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes it read its configuration and its rules again.</summary>
    public Task Reload() => _process.Signal("HUP");

    /// <summary>The series that an instant query returns at that time.</summary>
    public async Task<IReadOnlyList<Series>> At(DateTimeOffset time, string query) =>
        Vector(await Ask($"query?query={Uri.EscapeDataString(query)}&time={Seconds(time)}"), series => series.GetProperty("value"));

    /// <summary>The series that a query returns at any step of that period, each with its last value.</summary>
    public async Task<IReadOnlyList<Series>> Within(DateTimeOffset from, DateTimeOffset to, TimeSpan step, string query) =>
        Vector(await Ask($"query_range?query={Uri.EscapeDataString(query)}&start={Seconds(from)}&end={Seconds(to)}&step={step.TotalSeconds:0}"),
            series => series.GetProperty("values").EnumerateArray().Last());

    /// <summary>The values of a label on the matching series, at any time in that period.</summary>
    public async Task<IReadOnlyList<string>> LabelValues(DateTimeOffset from, DateTimeOffset to, string label, string series)
    {
        var data = await Ask($"label/{label}/values?match[]={Uri.EscapeDataString(series)}&start={Seconds(from)}&end={Seconds(to)}");
        return [.. data.EnumerateArray().Select(value => value.GetString()!)];
    }

    /// <summary>The targets that it scrapes now.</summary>
    public async Task<IReadOnlyList<JsonElement>> Targets() => [.. (await Ask("targets?state=active")).GetProperty("activeTargets").EnumerateArray()];

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }

    private async Task Ready()
    {
        using var deadline = new CancellationTokenSource(ChildProcess.StartLimit);
        while (true)
        {
            using var answer = await _http.GetAsync(new Uri("/-/ready", UriKind.Relative));
            if (answer.IsSuccessStatusCode) return;
            if (deadline.IsCancellationRequested) throw new TimeoutException($"prometheus is not ready:\n{_process.Output}");
            await Task.Delay(50);
        }
    }

    private async Task<JsonElement> Ask(string path)
    {
        using var answer = await _http.GetAsync(new Uri("/api/v1/" + path, UriKind.Relative));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{Uri.UnescapeDataString(path)}\n{body}\n{_process.Output}");
        using var document = JsonDocument.Parse(body);
        return document.RootElement.GetProperty("data").Clone();
    }

    private static List<Series> Vector(JsonElement data, Func<JsonElement, JsonElement> sample) =>
    [
        .. data.GetProperty("result").EnumerateArray().Select(series =>
        {
            var labels = series.GetProperty("metric").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!);
            labels.Remove("__name__", out var name);
            return new Series(name ?? "", labels, Number(sample(series)[1].GetString()!));
        }),
    ];

    private static double Number(string text) => double.Parse(text.Replace("Inf", "∞", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    private static string Seconds(DateTimeOffset time) => (time.ToUnixTimeMilliseconds() / 1000.0).ToString("0.000", CultureInfo.InvariantCulture);
}
