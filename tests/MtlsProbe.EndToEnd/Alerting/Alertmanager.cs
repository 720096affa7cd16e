using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>A real Alertmanager.</summary>
internal sealed partial class Alertmanager : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private Alertmanager(ChildProcess process, int port)
    {
        _process = process;
        Port = port;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public int Port { get; }

    /// <summary>The shipped example.</summary>
    public static string Example { get; } = File.ReadAllText(Path.Combine(Repository.Root, "alerts", "alertmanager.example.yml"));

    /// <summary>Starts it with the shipped example: only its addresses are replaced, and its times are divided.</summary>
    /// <param name="webhook">Replaces the example's receivers.</param>
    /// <param name="factor">The divisor of every time in the example.</param>
    public static Task<Alertmanager> Start(Workspace workspace, Webhook webhook, int factor)
    {
        var receiver = "";
        var lines = Example.Split('\n').Select(line =>
        {
            if (ReceiverName().Match(line) is { Success: true } name) receiver = name.Groups["name"].Value;
            line = Url().Replace(line, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{webhook.Port}/{receiver}"));
            return Time().Replace(line, time => time.Groups["key"].Value + Divided(time, factor));
        });
        return Start(workspace, string.Join('\n', lines));
    }

    /// <summary>Starts it with a configuration.</summary>
    public static async Task<Alertmanager> Start(Workspace workspace, string configuration)
    {
        var port = Ports.Free();
        var process = ChildProcess.Start("alertmanager", "prometheus-alertmanager",
        [
            $"--config.file={workspace.Write("alertmanager/alertmanager.yml", configuration)}",
            $"--storage.path={workspace.Folder("alertmanager/data")}", "--cluster.listen-address=", "--log.level=warn",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"),
        ]);
        var alertmanager = new Alertmanager(process, port);
        try
        {
            await process.ListensOn(port);
            return alertmanager;
        }
        catch
        {
            await alertmanager.DisposeAsync();
            throw;
        }
    }

    /// <summary>Replaces a Prometheus: these alerts fire.</summary>
    public async Task Fire(params IEnumerable<IReadOnlyDictionary<string, string>> alerts)
    {
        using var content = JsonContent.Create(alerts.Select(labels => new { labels, annotations = new Dictionary<string, string>() }));
        using var answer = await _http.PostAsync(new Uri("/api/v2/alerts", UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The alerts of its API.</summary>
    public async Task<IReadOnlyList<JsonElement>> Alerts()
    {
        using var answer = JsonDocument.Parse(await _http.GetStringAsync(new Uri("/api/v2/alerts", UriKind.Relative)));
        return [.. answer.RootElement.Clone().EnumerateArray()];
    }

    /// <summary>The alerts that are muted now, each with the names of the alerts that mute it.</summary>
    /// <param name="atLeast">Waits until there are as many: Alertmanager receives alerts and decides about them one after the other.</param>
    public async Task<IReadOnlyList<(SentAlert Alert, IReadOnlyList<SentAlert> By)>> Inhibited(int atLeast)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var inhibited = await Inhibited();
            if (inhibited.Count >= atLeast || deadline.IsCancellationRequested) return inhibited;
            await Task.Delay(100);
        }
    }

    /// <summary>The alerts that are muted now, each with the names of the alerts that mute it.</summary>
    public async Task<IReadOnlyList<(SentAlert Alert, IReadOnlyList<SentAlert> By)>> Inhibited()
    {
        var alerts = await Alerts();
        var byFingerprint = alerts.ToDictionary(alert => alert.GetProperty("fingerprint").GetString()!, SentAlert.Read);
        return
        [
            .. from alert in alerts
               let fingerprints = alert.GetProperty("status").GetProperty("inhibitedBy").EnumerateArray().Select(one => one.GetString()!).ToList()
               where fingerprints.Count > 0
               select (SentAlert.Read(alert), (IReadOnlyList<SentAlert>)[.. fingerprints.Where(byFingerprint.ContainsKey).Select(one => byFingerprint[one])]),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }

    private static string Divided(Match time, int factor)
    {
        var unit = time.Groups["unit"].Value switch { "s" => 1_000, "m" => 60_000, "h" => 3_600_000, _ => 86_400_000 };
        var divided = int.Parse(time.Groups["number"].Value, CultureInfo.InvariantCulture) * unit / factor;

        // An alert that mutes others must arrive before their wait ends: after two evaluations, which take seconds on a busy machine. So waits are
        // three times as long as the rest, and none is shorter than 3 s.
        if (divided > 0 && time.Groups["key"].Value.StartsWith("group_wait", StringComparison.Ordinal)) divided = Math.Max(3 * divided, 3_000);
        return string.Create(CultureInfo.InvariantCulture, $"{divided}ms");
    }

    [GeneratedRegex(@"^  - name: (?<name>\S+)")]
    private static partial Regex ReceiverName();

    [GeneratedRegex(@"http://[a-z.-]+\.example\.invalid/")]
    private static partial Regex Url();

    [GeneratedRegex(@"(?<key>(group_wait|group_interval|repeat_interval): )(?<number>\d+)(?<unit>[smhd])")]
    private static partial Regex Time();
}
