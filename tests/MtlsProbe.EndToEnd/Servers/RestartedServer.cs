using System.Diagnostics;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>A server that is stopped in order and started again behind the same port.</summary>
internal sealed class RestartedServer : IAsyncDisposable
{
    /// <summary>The kinds, by the names of the tables.</summary>
    public static readonly IReadOnlyList<string> Kinds = ["nginx-stream", "haproxy-tcp", "node-tls", "kestrel-tls", "stunnel"];

    private readonly Workspace _workspace;
    private readonly PkiFiles _files;
    private readonly int _sinkPort;
    private Func<Task> _stop = () => Task.CompletedTask;

    private RestartedServer(string kind, PkiFiles files, int sinkPort)
    {
        _workspace = new Workspace(kind);
        (_files, _sinkPort, Endpoint) = (files, sinkPort, Endpoint.Tls(kind, "good"));
    }

    public Endpoint Endpoint { get; }

    /// <summary>How often it has been started again.</summary>
    public int Restarts { get; private set; }

    public static async Task<RestartedServer> Start(string kind, PkiFiles files, int sinkPort)
    {
        var server = new RestartedServer(kind, files, sinkPort);
        server._stop = await server.Run();
        return server;
    }

    public async Task Restart()
    {
        await _stop();
        _stop = () => Task.CompletedTask;
        _stop = await Run();
        Restarts++;
    }

    /// <summary>Restarts it again and again, with this period.</summary>
    public async Task RestartEvery(TimeSpan period, CancellationToken end)
    {
        using var timer = new PeriodicTimer(period);
        try
        {
            while (await timer.WaitForNextTickAsync(end)) await Restart();
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Enough.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop();
        _workspace.Dispose();
    }

    /// <summary>Starts it, and returns the function that stops it.</summary>
    private async Task<Func<Task>> Run()
    {
        if (Endpoint.Server == "kestrel-tls") return (await Kestrel()).Stop;
        return (await (Endpoint.Server switch
        {
            "nginx-stream" => Nginx.StartMaster(_workspace, _files, [Endpoint], _sinkPort),
            "haproxy-tcp" => Haproxy.Start(_workspace, _files, [Endpoint], _sinkPort),
            "node-tls" => ScriptServers.Node(_files, Endpoint),
            "stunnel" => Stunnel.Start(_workspace, _files, [Endpoint], _sinkPort),
            _ => throw new NotSupportedException(Endpoint.Server),
        })).Stop;
    }

    /// <summary>Tries again while its port is still in use.</summary>
    private async Task<LiveKestrel> Kestrel()
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await LiveKestrel.Start(_files, [Endpoint]);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(start) < SignalledServer.Patience)
            {
                await Task.Delay(50);
            }
        }
    }
}
