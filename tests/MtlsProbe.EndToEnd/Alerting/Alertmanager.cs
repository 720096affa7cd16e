using System.Globalization;
using System.Text.Json;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>A real Alertmanager.</summary>
internal sealed class Alertmanager : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private Alertmanager(ChildProcess process, int port)
    {
        (_process, Port) = (process, port);
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public int Port { get; }

    public static async Task<Alertmanager> Start(Workspace workspace, string configuration)
    {
        var port = Ports.Free();
        var process = ChildProcess.Start("alertmanager", "prometheus-alertmanager",
        [
            $"--config.file={workspace.Write("alertmanager/alertmanager.yml", configuration)}", $"--storage.path={workspace.Folder("alertmanager/data")}",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--cluster.listen-address=", "--log.level=warn",
        ]);
        await process.ListensOn(port);
        return new Alertmanager(process, port);
    }

    /// <summary>Those that are firing, muted ones too.</summary>
    public async Task<IReadOnlyList<Alert>> Alerts()
    {
        using var answer = JsonDocument.Parse(await _http.GetStringAsync(new Uri("/api/v2/alerts", UriKind.Relative)));
        return [.. answer.RootElement.EnumerateArray().Select(Alert.Of)];
    }

    /// <summary>Asks until the answer is like this, and returns it.</summary>
    public async Task<IReadOnlyList<Alert>> Until(string what, Func<IReadOnlyList<Alert>, bool> condition)
    {
        using var deadline = new CancellationTokenSource(AlertingRun.Patience);
        while (true)
        {
            var alerts = await Alerts();
            if (condition(alerts)) return alerts;
            if (deadline.IsCancellationRequested) throw new TimeoutException($"not seen: {what}\n{string.Join('\n', alerts)}");
            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }
}
