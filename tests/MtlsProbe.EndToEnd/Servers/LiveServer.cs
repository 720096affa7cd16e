using System.Diagnostics;
using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>A server that applies changed files and settings while it serves, without losing a connection.</summary>
internal interface ILiveServer : IAsyncDisposable
{
    /// <summary>Serves the same ports according to these endpoints; completes when every new connection meets the change.</summary>
    Task Take(IReadOnlyList<Endpoint> endpoints);
}

/// <summary>A server with a parent process that replaces its children on a signal.</summary>
/// <param name="signal">The signal.</param>
/// <param name="write">Writes its configuration.</param>
internal sealed class SignalledServer(ChildProcess process, string signal, Action<IReadOnlyList<Endpoint>> write) : ILiveServer
{
    /// <summary>Until the last connection has ended.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async Task Take(IReadOnlyList<Endpoint> endpoints)
    {
        write(endpoints);
        var old = await Children(children => children.Count > 0);
        await process.Signal(signal);

        // The old children end with their last connection; until then they can accept further ones.
        await Children(children => children.Count > 0 && !children.Any(old.Contains));
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private async Task<IReadOnlyList<int>> Children(Func<IReadOnlyList<int>, bool> condition)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var children = process.Children;
            if (condition(children)) return children;
            if (Stopwatch.GetElapsedTime(start) > Patience) throw new TimeoutException($"{process.Name} does not reload:\n{process.Output}");
            await Task.Delay(50);
        }
    }
}

/// <summary>
/// A server that cannot reload. A new process replaces the old one behind the same ports, and the old one ends with its last connection.
/// </summary>
internal sealed class ReplacedServer : ILiveServer
{
    private readonly Func<IReadOnlyList<Endpoint>, Task<ServerGroup>> _start;
    private ServerGroup _group;

    private ReplacedServer(Func<IReadOnlyList<Endpoint>, Task<ServerGroup>> start, ServerGroup group)
    {
        (_start, _group) = (start, group);
        Relays = [.. group.Endpoints.Select(endpoint => Relay.Plain(endpoint.Port))];
    }

    /// <summary>One per endpoint, in the same order.</summary>
    public IReadOnlyList<Relay> Relays { get; }

    /// <param name="start">Starts the server on the given ports.</param>
    public static async Task<ReplacedServer> Start(IReadOnlyList<Endpoint> endpoints, Func<IReadOnlyList<Endpoint>, Task<ServerGroup>> start) =>
        new(start, await start(Elsewhere(endpoints)));

    public async Task Take(IReadOnlyList<Endpoint> endpoints)
    {
        var old = _group;
        _group = await _start(Elsewhere(endpoints));
        await Task.WhenAll(Relays.Zip(_group.Endpoints, (relay, endpoint) => relay.MoveTo(endpoint.Port))).WaitAsync(SignalledServer.Patience);
        await old.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var relay in Relays) await relay.DisposeAsync();
        await _group.DisposeAsync();
    }

    private static IReadOnlyList<Endpoint> Elsewhere(IReadOnlyList<Endpoint> endpoints) => [.. endpoints.Select(e => e with { Port = Ports.Free() })];
}
