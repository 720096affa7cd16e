using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace MtlsProbe.EndToEnd.Faults;

/// <summary>
/// A port on loopback where a script handles each connection, however badly. The script owns the connection: unless the script closes it, it stays
/// open until the server is disposed of.
/// </summary>
internal sealed class FaultServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _open = [];
    private readonly Task _loop;

    private FaultServer(Func<Connection, Task> script)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        _loop = Accept(script);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public static FaultServer Start(Func<Connection, Task> script) => new(script);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop;
        lock (_open)
        {
            foreach (var socket in _open) socket.Dispose();
        }

        _stop.Dispose();
    }

    private async Task Accept(Func<Connection, Task> script)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                lock (_open) _open.Add(socket);
                _ = Run(script, socket);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task Run(Func<Connection, Task> script, Socket socket)
    {
        try
        {
            await script(new Connection(socket, _stop.Token));
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away, or the script broke the connection below TLS; both are expected.
        }
        finally
        {
            if (!socket.Connected)
            {
                lock (_open) _open.Remove(socket);
                socket.Dispose();
            }
        }
    }
}
