using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>A real Alertmanager with the shipped example: only its addresses are replaced, and its times are divided.</summary>
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

    /// <param name="webhook">Replaces the example's receivers.</param>
    /// <param name="factor">The divisor of every time in the example.</param>
    public static async Task<Alertmanager> Start(Workspace workspace, Webhook webhook, int factor)
    {
        var example = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "alerts", "alertmanager.example.yml"));
        var receiver = "";
        var lines = example.Split('\n').Select(line =>
        {
            if (ReceiverName().Match(line) is { Success: true } name) receiver = name.Groups["name"].Value;
            line = Url().Replace(line, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{webhook.Port}/{receiver}"));
            return Time().Replace(line, time => time.Groups["key"].Value + Divided(time, factor));
        });
        var port = Ports.Free();
        var process = ChildProcess.Start("alertmanager", "prometheus-alertmanager",
        [
            $"--config.file={workspace.Write("alertmanager/alertmanager.yml", string.Join('\n', lines))}",
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

    /// <summary>The alerts that are muted now, each with the names of the alerts that mute it.</summary>
    public async Task<IReadOnlyList<(SentAlert Alert, IReadOnlyList<SentAlert> By)>> Inhibited()
    {
        using var answer = JsonDocument.Parse(await _http.GetStringAsync(new Uri("/api/v2/alerts", UriKind.Relative)));
        var alerts = answer.RootElement.EnumerateArray().ToList();
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

        // Two rules of one evaluation reach it one after the other. On a busy machine that takes as long as the half second that is left of the half
        // minute.
        if (divided > 0 && time.Groups["key"].Value.StartsWith("group_wait", StringComparison.Ordinal)) divided = Math.Max(divided, 3_000);
        return string.Create(CultureInfo.InvariantCulture, $"{divided}ms");
    }

    [GeneratedRegex(@"^  - name: (?<name>\S+)")]
    private static partial Regex ReceiverName();

    [GeneratedRegex(@"http://[a-z.-]+\.example\.invalid/")]
    private static partial Regex Url();

    [GeneratedRegex(@"(?<key>(group_wait|group_interval|repeat_interval): )(?<number>\d+)(?<unit>[smhd])")]
    private static partial Regex Time();
}
