using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>A workspace with the PKI and one haproxy that verifies clients on as many ports as a fleet needs.</summary>
internal sealed class FleetServers : IAsyncDisposable
{
    private readonly Sink _sink;
    private readonly ChildProcess _haproxy;

    private FleetServers(Workspace workspace, PkiFiles files, Sink sink, ChildProcess haproxy, int firstPort)
    {
        Workspace = workspace;
        Files = files;
        _sink = sink;
        _haproxy = haproxy;
        FirstPort = firstPort;
    }

    public Workspace Workspace { get; }

    public PkiFiles Files { get; }

    public int FirstPort { get; }

    /// <param name="protocol">The protocol behind TLS: tls, for which the service sends nothing, or https, for which it answers at once.</param>
    /// <param name="isIdle">Whether it serves in <see cref="IdleTime"/>.</param>
    public static async Task<FleetServers> Start(string name, int ports, string protocol = "tls", bool isIdle = false)
    {
        var workspace = new Workspace(name);
        var files = new PkiFiles(workspace, TestPki.Shared);
        var sink = new Sink();
        var (haproxy, firstPort) = await Haproxy.StartMany(workspace, files, ports, sink.Port, protocol, isIdle);
        return new FleetServers(workspace, files, sink, haproxy, firstPort);
    }

    public async ValueTask DisposeAsync()
    {
        await _haproxy.DisposeAsync();
        await _sink.DisposeAsync();
        Workspace.Dispose();
    }
}
