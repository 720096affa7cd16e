using System.Net;
using System.Net.Sockets;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>The plain TCP service behind proxies: it reads to the end, says nothing, and closes.</summary>
internal sealed class Sink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _loop;

    public Sink()
    {
        _listener.Start(4096);
        _loop = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
    }

    private async Task Accept()
    {
        try
        {
            while (true) _ = Drain(await _listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private static async Task Drain(Socket socket)
    {
        using (socket)
        {
            var buffer = new byte[4096];
            try
            {
                while (await socket.ReceiveAsync(buffer) > 0) ;
            }
            catch (SocketException)
            {
                // Reset: the end as well.
            }
        }
    }
}
