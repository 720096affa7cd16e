using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// Servers that silently close or send nothing, each for its own reason: to refuse, because the service behind them is down, because no protocol was
/// offered, or because they drop unwanted clients.
/// </summary>
public sealed class SilentRange : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _running = [];
    private Dictionary<string, Endpoint> _endpoints = [];

    internal Workspace Workspace { get; } = new("silent");

    internal PkiFiles Files { get; private set; } = null!;

    internal Endpoint this[string server] => _endpoints[server];

    public async Task InitializeAsync()
    {
        Files = new PkiFiles(Workspace, TestPki.Shared);
        if (RealServers.Missing is not null) return; // all tests that would use them are skipped
        var nobody = Ports.Free();
        var stunnel = Endpoint.Tls("stunnel-before", "good");
        var groups = await Task.WhenAll(
            Haproxy.StartBefore(Workspace, Files, nobody),
            Haproxy.StartDropping(Workspace, Files),
            Stunnel.Start(Workspace, Files, [stunnel], nobody),
            ScriptServers.Aiohttp(Files),
            ScriptServers.Hypercorn(Files),
            ScriptServers.Grpc(Files),
            ScriptServers.Node(Files),
            ScriptServers.Node(Files, Endpoint.Https("node-https", "good")));
        _running.AddRange(groups);
        _endpoints = groups.SelectMany(group => group.Endpoints).Append(groups[5].Endpoints[0] with { Server = "grpc-h2" }).ToDictionary(e => e.Server);
    }

    public async Task DisposeAsync()
    {
        foreach (var server in _running) await server.DisposeAsync();
        Workspace.Dispose();
    }
}

/// <summary>The tests that share them.</summary>
[CollectionDefinition(Name)]
public sealed class SilentServersTests : ICollectionFixture<SilentRange>
{
    public const string Name = "silent servers";
}
