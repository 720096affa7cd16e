using System.Net;
using System.Net.Sockets;

namespace MtlsProbe.EndToEnd.Faults;

/// <summary>
/// A port that drops connection attempts, on every loopback address. Its accept queue is full and is never emptied, so the kernel ignores further
/// SYNs.
/// </summary>
internal sealed class BlackHole : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _queued = [];

    private BlackHole(int port)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Any, port));
        _listener.Listen(0);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Fills the queue until an attempt gets no answer.</summary>
    /// <param name="port">0: any free port.</param>
    public static async Task<BlackHole> Open(int port = 0)
    {
        var hole = new BlackHole(port);
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            hole._queued.Add(socket);
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, hole.Port, patience.Token);
            }
            catch (OperationCanceledException)
            {
                return hole;
            }
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var socket in _queued) socket.Dispose();
    }
}
