using System.Net;
using System.Net.Sockets;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Demo;

/// <summary>
/// A TLS server on a loopback port of its own. libssl plays the server, so its refusals are real alerts; what it does beside the
/// handshake is its <see cref="Behaviour"/>. Whatever a client sends, it costs one bounded connection and no more.
/// </summary>
internal sealed class TlsServer : IAsyncDisposable
{
    /// <summary>Beyond it clients wait in the listen queue.</summary>
    private const int MaxConnections = 256;

    /// <summary>For a whole connection, far beyond the timeout of any probe.</summary>
    private static readonly TimeSpan ConnectionDeadline = TimeSpan.FromSeconds(60);

    private readonly Behaviour _behaviour;
    private readonly TimeProvider _time;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _places = new(MaxConnections);
    private readonly Task _accepting;
    private volatile TlsContext[] _contexts;
    private uint _connections;

    /// <param name="parameters">Null: a server that speaks no TLS; its behaviour has only the socket.</param>
    public TlsServer(ServerParameters? parameters, Behaviour behaviour, TimeProvider time)
    {
        _contexts = parameters is null ? [] : [TlsContext.Server(parameters)];
        _behaviour = behaviour;
        _time = time;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>
    /// New connections get these parameters, those under way keep theirs: what a reload with a renewed certificate does. Of several,
    /// connections get each in turn, as from replicas behind a load balancer.
    /// </summary>
    public void Replace(params IEnumerable<ServerParameters> parameters) =>
        _contexts = [.. parameters.Select(TlsContext.Server)]; // a connection may just be about to take an old one, so its finalizer frees it

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        for (var i = 0; i < MaxConnections; i++) await _places.WaitAsync(); // all of them: no connection is left
        foreach (var context in _contexts) context.Dispose();
        _stop.Dispose();
        _places.Dispose();
    }

    private async Task AcceptAsync()
    {
        using (_listener)
        {
            while (true)
            {
                await _places.WaitAsync();
                if (await AcceptOneAsync() is not { } socket) break;
                _ = Task.Run(() => ServeAsync(socket));
            }

            _places.Release();
        }
    }

    /// <summary>The next connection, null at the end. An accept that fails (no descriptors left) is tried again.</summary>
    private async Task<Socket?> AcceptOneAsync()
    {
        try
        {
            while (true)
            {
                try
                {
                    return await _listener.AcceptAsync(_stop.Token);
                }
                catch (SocketException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(100), _time, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var deadline = new CancellationTokenSource(ConnectionDeadline, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
        try
        {
            var contexts = _contexts;
            var turn = Interlocked.Increment(ref _connections);
            using var peer = new ServerPeer(socket, contexts.Length == 0 ? null : contexts[turn % contexts.Length]);
            await _behaviour(peer, end.Token);
            await peer.LingerAsync(end.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
        {
            // The client is gone, has used up its time, or the server stops: nobody is left to tell.
        }
        finally
        {
            _places.Release();
        }
    }
}
