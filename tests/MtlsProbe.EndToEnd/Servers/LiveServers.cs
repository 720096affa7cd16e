using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Each of the real servers, with some ports each, with certificates and settings that change while they serve.</summary>
internal sealed class LiveServers : IAsyncDisposable
{
    private readonly Sink _sink = new();
    private readonly List<(ILiveServer Server, Func<Endpoint, bool> Serves)> _servers = [];

    /// <summary>Their current state.</summary>
    public IReadOnlyList<Endpoint> Endpoints { get; private set; } = [];

    /// <summary>Starts all servers on these endpoints.</summary>
    public static async Task<LiveServers> Start(Workspace workspace, PkiFiles files, IEnumerable<Endpoint> endpoints)
    {
        var servers = new LiveServers { Endpoints = [.. endpoints] };
        try
        {
            await servers.StartAll(workspace, files);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes every server read its files again, with other settings if <paramref name="change"/> makes any.</summary>
    public async Task Take(Func<Endpoint, Endpoint>? change = null)
    {
        if (change is not null) Endpoints = [.. Endpoints.Select(change)];
        await Task.WhenAll(_servers.Select(entry => entry.Server.Take([.. Endpoints.Where(entry.Serves)])));
    }

    /// <summary>Ends the server of this name for good.</summary>
    public async Task Stop(string server)
    {
        var stopped = _servers.Where(entry => Endpoints.Any(e => e.Server == server && entry.Serves(e))).ToList();
        foreach (var entry in stopped)
        {
            await entry.Server.DisposeAsync();
            _servers.Remove(entry);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (server, _) in _servers) await server.DisposeAsync();
        await _sink.DisposeAsync();
    }

    private async Task StartAll(Workspace workspace, PkiFiles files)
    {
        await Add(Serves("nginx"), endpoints => Nginx.StartLive(workspace, files, endpoints, _sink.Port));
        await Add(Serves("haproxy"), endpoints => Haproxy.StartLive(workspace, files, endpoints, _sink.Port));
        await Add(Serves("apache"), endpoints => Apache.StartLive(workspace, files, endpoints));
        await Add(Serves("kestrel"), async endpoints => await LiveKestrel.Start(files, endpoints));
        await AddReplaced(Serves("stunnel"), endpoints => Stunnel.Start(workspace, files, endpoints, _sink.Port));
        foreach (var number in Enumerable.Range(0, Endpoints.Count).Where(number => Endpoints[number].Server == "s_server"))
            await AddReplaced(endpoint => Endpoints[number] == endpoint, endpoints => OpensslServer.Start(files, endpoints[0]));
    }

    private async Task Add(Func<Endpoint, bool> serves, Func<IReadOnlyList<Endpoint>, Task<ILiveServer>> start)
    {
        if (Endpoints.Any(serves)) _servers.Add((await start([.. Endpoints.Where(serves)]), serves));
    }

    /// <summary>Clients see the ports of the relays.</summary>
    private async Task AddReplaced(Func<Endpoint, bool> serves, Func<IReadOnlyList<Endpoint>, Task<ServerGroup>> start)
    {
        if (!Endpoints.Any(serves)) return;
        var server = await ReplacedServer.Start([.. Endpoints.Where(serves)], start);
        _servers.Add((server, serves));
        var relays = new Queue<Faults.Relay>(server.Relays);
        Endpoints = [.. Endpoints.Select(endpoint => serves(endpoint) ? endpoint with { Port = relays.Dequeue().Port } : endpoint)];
    }

    private static Func<Endpoint, bool> Serves(string prefix) => endpoint => endpoint.Server.StartsWith(prefix, StringComparison.Ordinal);
}
