using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>
/// Two exporters that go wrong themselves: one has more to do than one endpoint allows at once, the other stops behind a cache that
/// goes on answering for it.
/// </summary>
internal sealed class OtherExporters(Stage stage) : IAsyncDisposable
{
    public const string Crowded = "crowded";
    public const string Frozen = "frozen";

    // Four at once, and each takes 0.6 s of silence: some six a second.
    private const int Few = 2;
    private const int TooMany = 25;

    private readonly List<IAsyncDisposable> _running = [];
    private Exporter _frozen = null!;

    /// <summary>Where they are scraped.</summary>
    public IReadOnlyList<(string Instance, int Port)> Scraped { get; private set; } = [];

    /// <summary>The server that their targets are on.</summary>
    public static Endpoint Endpoint(Stage stage) => new("nginx-stream", "good", stage.Port(Crowded), "tls") { Check = stage.Known };

    public async Task Start()
    {
        var crowded = await Exporter.Start(Configure(Crowded, Few));
        _running.Add(crowded);
        _frozen = await Exporter.Start(Configure(Frozen, 1));
        _running.Add(_frozen);
        var (cache, port) = await Nginx.StartCachingProxy(stage.Workspace, _frozen.Port);
        _running.Add(cache);
        Scraped = [(Crowded, crowded.Port), (Frozen, port)];
    }

    public async Task Break()
    {
        Configure(Crowded, TooMany);
        await _frozen.Process.Signal("STOP");
    }

    public async Task Mend()
    {
        Configure(Crowded, Few);
        await _frozen.Process.Signal("CONT");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var running in _running) await running.DisposeAsync();
    }

    private string Configure(string name, int targets) => new ConfigFile(stage.Files,
        [.. Enumerable.Range(1, targets).Select(number => new TargetEntry(string.Create(CultureInfo.InvariantCulture, $"{name}-{number}"), stage.Port(Crowded)))])
    {
        Interval = "2s", Timeout = "2s", Identities = ["good"], FileName = $"{name}.yml",
    }.WriteTo(stage.Workspace);
}
