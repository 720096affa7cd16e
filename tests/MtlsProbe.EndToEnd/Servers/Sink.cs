using System.Net;
using System.Net.Sockets;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>The plain TCP service behind proxies: it reads to the end, sends nothing, and closes.</summary>
internal sealed class Sink : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <param name="port">0: any free port.</param>
    public Sink(int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start(4096);
        _loop = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Closes all connections, like a service that ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true) _ = Drain(await _listener.AcceptSocketAsync(), _stop.Token);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private static async Task Drain(Socket socket, CancellationToken stop)
    {
        using (socket)
        {
            var buffer = new byte[4096];
            try
            {
                while (await socket.ReceiveAsync(buffer, stop) > 0) ;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Reset, or stopped: also an end.
            }
        }
    }
}
