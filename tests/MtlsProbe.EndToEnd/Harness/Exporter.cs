using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>A running <c>mtlsprobe serve</c>.</summary>
internal sealed class Exporter : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;

    private Exporter(ChildProcess process, int port)
    {
        Process = process;
        Port = port;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(30) };
    }

    public ChildProcess Process { get; }

    public int Port { get; }

    /// <summary>Starts it with a configuration file and waits until it answers; its first round of probes can still be in progress.</summary>
    public static Task<Exporter> Start(string configFile, params IEnumerable<string> more) => Start(null, configFile, more);

    /// <param name="hosts">The file in which it looks up names; null: as usual.</param>
    public static Task<Exporter> Start(HostsFile? hosts, string configFile, params IEnumerable<string> more) =>
        Start(Ports.Free(), hosts, configFile, more);

    /// <param name="environment">Additional variables of its environment.</param>
    public static Task<Exporter> Start(string configFile, IReadOnlyDictionary<string, string> environment) => Start(Ports.Free(), null, configFile, [], environment);

    /// <summary>Starts it in <see cref="IdleTime"/>.</summary>
    public static Task<Exporter> StartIdle(string configFile, IReadOnlyDictionary<string, string> environment) =>
        Start(Ports.Free(), null, configFile, [], environment, before: IdleTime.Command);

    /// <summary>Starts it as a user other than root, so that limits apply; the files must be readable for every user.</summary>
    public static Task<Exporter> StartAsNobody(string configFile, params IEnumerable<string> more) => Start(Ports.Free(), null, configFile, more, null, Mtlsprobe.Nobody);

    public static Task<Exporter> Start(int port, HostsFile? hosts, string configFile, params IEnumerable<string> more) => Start(port, hosts, configFile, more, null);

    private static async Task<Exporter> Start(
        int port, HostsFile? hosts, string configFile, IEnumerable<string> more, IReadOnlyDictionary<string, string>? environment, IReadOnlyList<string>? before = null)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        var process = Mtlsprobe.Start(["serve", "--config.file", configFile, "--web.listen-address", address, .. more], environment, hosts, before);
        try
        {
            await process.ListensOn(port);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }

        return new Exporter(process, port);
    }

    public async Task<MetricsText> Scrape() => new(await Get("/metrics"));

    public async Task<string> Get(string path)
    {
        var (_, body) = await Send(HttpMethod.Get, path);
        return body;
    }

    public async Task<(HttpStatusCode Status, string Body)> Send(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        using var response = await _http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        Mtlsprobe.AssertNoSecrets(body);
        return (response.StatusCode, body);
    }

    /// <summary>Scrapes until the condition holds, and returns that scrape.</summary>
    public async Task<MetricsText> Until(Func<MetricsText, bool> condition, string what, TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? Patience);
        while (true)
        {
            var start = Stopwatch.GetTimestamp();
            MetricsText metrics;
            try
            {
                metrics = await Scrape();
            }
            catch (HttpRequestException e)
            {
                var code = await Process.Exit(Patience); // a slow answer throws another exception
                throw new InvalidOperationException($"it ended with {code} before this happened: {what}\n--- output:\n{Shortened(Process.Output)}", e);
            }

            if (condition(metrics)) return metrics;
            if (deadline.IsCancellationRequested)
                throw new TimeoutException($"not seen: {what}\n--- metrics:\n{Shortened(metrics.Text)}\n--- output:\n{Shortened(Process.Output)}");
            await Task.Delay(TimeSpan.FromMilliseconds(100) + 3 * Stopwatch.GetElapsedTime(start)); // large files are not read all the time
        }
    }

    /// <summary>Waits for the first round of probes.</summary>
    public async Task Ready()
    {
        using var deadline = new CancellationTokenSource(Patience);
        while ((await Send(HttpMethod.Get, "/-/ready")).Status != HttpStatusCode.OK)
        {
            if (deadline.IsCancellationRequested) throw new TimeoutException($"not ready:\n{Shortened(Process.Output)}");
            await Task.Delay(50);
        }
    }

    /// <summary>Ends it, and asserts that it never printed a secret.</summary>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Process.DisposeAsync();
        Mtlsprobe.AssertNoSecrets(Process.Output);
    }

    private static string Shortened(string text) => text.Length <= 8000 ? text : text[..4000] + "\n…\n" + text[^4000..];
}
