using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>One process with its ports, all of which accept connections.</summary>
internal sealed record ServerGroup(IReadOnlyList<Endpoint> Endpoints, ChildProcess Process) : IAsyncDisposable
{
    public static async Task<ServerGroup> Ready(IReadOnlyList<Endpoint> endpoints, ChildProcess process)
    {
        foreach (var endpoint in endpoints) await process.ListensOn(endpoint.Port, endpoint.Host);
        return new ServerGroup(endpoints, process);
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
