using System.Net;
using System.Net.Sockets;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// Ports where probes get no answer, of two kinds in turn: one completes the connection and says nothing, the other's queue is full, so the connection is
/// never completed.
/// </summary>
internal sealed class BlackHoles : IDisposable
{
    private static readonly TimeSpan s_refused = TimeSpan.FromMilliseconds(200);

    private readonly List<IDisposable> _sockets = [];
    private readonly CancellationTokenSource _end = new();
    private readonly List<int> _ports = [];

    public static async Task<BlackHoles> OpenAsync(int ports, CancellationToken cancellation)
    {
        var holes = new BlackHoles();
        for (var i = 0; i < ports; i++)
        {
            var listener = holes.Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var place = (IPEndPoint)listener.LocalEndPoint!;
            holes._ports.Add(place.Port);
            listener.Listen(i % 2 == 0 ? 512 : 0);
            if (i % 2 == 0) _ = holes.AcceptAsync(listener);
            else await holes.FillAsync(place, cancellation).ConfigureAwait(false);
        }

        return holes;
    }

    /// <summary>The address of the i-th target; the ports are used in turn.</summary>
    public string Address(int i) => $"127.0.0.1:{_ports[i % _ports.Count]}";

    public void Dispose()
    {
        _end.Cancel();
        _sockets.ForEach(socket => socket.Dispose());
        _end.Dispose();
    }

    /// <summary>Keeps each connection until the peer closes it.</summary>
    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true) _ = SwallowAsync(await listener.AcceptAsync(_end.Token).ConfigureAwait(false));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task SwallowAsync(Socket connection)
    {
        using (connection)
        {
            var buffer = new byte[1024];
            try
            {
                while (await connection.ReceiveAsync(buffer, _end.Token).ConfigureAwait(false) > 0)
                {
                    // Whatever it says.
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Either side has ended.
            }
        }
    }

    /// <summary>Connects until a connection is no longer completed.</summary>
    private async Task FillAsync(IPEndPoint place, CancellationToken cancellation)
    {
        while (true)
        {
            var socket = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(s_refused);
            try
            {
                await socket.ConnectAsync(place, patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private Socket Keep(Socket socket)
    {
        _sockets.Add(socket);
        return socket;
    }
}
