using System.Net;
using System.Net.Sockets;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Demo;

/// <summary>
/// A TLS server on its own loopback port. libssl plays the server, so its refusals are real alerts. Everything after the handshake is done by its
/// <see cref="Behaviour"/>. Whatever a client sends, it costs no more than one bounded connection.
/// </summary>
internal sealed class TlsServer : IAsyncDisposable
{
    /// <summary>Further clients wait in the listen queue.</summary>
    private const int MaxConnections = 256;

    /// <summary>The limit for a whole connection, far above the timeout of any probe.</summary>
    private static readonly TimeSpan ConnectionDeadline = TimeSpan.FromSeconds(60);

    private readonly Behaviour _behaviour;
    private readonly TimeProvider _time;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _places = new(MaxConnections);
    private readonly Task _accepting;
    private volatile TlsContext[] _contexts;
    private uint _connections;

    /// <param name="parameters">Null: a server without TLS; its behaviour uses only the socket.</param>
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
    /// Sets the parameters of new connections, like a reload with a renewed certificate; existing connections keep theirs. If there are several,
    /// connections get them in turn, as from replicas behind a load balancer.
    /// </summary>
    public void Replace(params IEnumerable<ServerParameters> parameters) =>
        _contexts = [.. parameters.Select(TlsContext.Server)]; // a new connection may be about to use an old one, so the finalizer frees it

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

    /// <summary>The next connection, or null at the end. If an accept fails (no descriptors left), it is retried.</summary>
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
            // The client has gone, its time is up, or the server stops: there is no one to answer.
        }
        finally
        {
            _places.Release();
        }
    }
}
