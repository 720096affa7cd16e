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

    /// <summary>Asks it to end, as an administrator or an orchestrator does, and waits until it has ended.</summary>
    public async Task Stop()
    {
        await Process.Signal("TERM");
        await Process.Exit(SignalledServer.Patience);
        await Process.DisposeAsync();
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
