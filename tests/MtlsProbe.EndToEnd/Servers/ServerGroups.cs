namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Servers that start in parallel and end together.</summary>
internal sealed class ServerGroups : IAsyncDisposable
{
    private readonly List<ServerGroup> _groups = [];

    public IEnumerable<Endpoint> Endpoints => _groups.SelectMany(group => group.Endpoints);

    /// <summary>The process that has the port of this server.</summary>
    public ServerGroup Of(string server) => _groups.Single(group => group.Endpoints.Any(endpoint => endpoint.Server == server));

    /// <summary>All of them; if one does not start, those that did are stopped.</summary>
    public static async Task<ServerGroups> Start(IEnumerable<Task<ServerGroup>> starting)
    {
        var servers = new ServerGroups();
        try
        {
            await Task.WhenAll(starting.Select(servers.Add));
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var group in _groups) await group.DisposeAsync();
    }

    private async Task Add(Task<ServerGroup> start)
    {
        var group = await start;
        lock (_groups) _groups.Add(group);
    }
}
