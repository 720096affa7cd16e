using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace MtlsProbe.EndToEnd.Faults;

/// <summary>
/// A TCP relay that delays. Every byte, every close and every reset arrives on the other side unchanged, but later. Like other relays, it accepts the
/// connection itself, so the time to connect says nothing about the distance to the server.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly TimeSpan _eachWay;
    private readonly TimeSpan _decision;
    private readonly TimeSpan _hold;
    private readonly Task _loop;
    private Server _server;

    /// <param name="serverPort">The port of the server, on loopback.</param>
    /// <param name="eachWay">Added in both directions.</param>
    /// <param name="decision">Added on the way to the server, to everything after the ClientHello: the server seems slow to decide.</param>
    /// <param name="hold">How long each piece from the server is delayed after it arrived, or after the previous one was sent.</param>
    private Relay(int serverPort, TimeSpan eachWay, TimeSpan decision, TimeSpan hold = default)
    {
        _server = new Server(serverPort);
        _eachWay = eachWay;
        _decision = decision;
        _hold = hold;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        _loop = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public static Relay Distant(int serverPort, TimeSpan eachWay) => new(serverPort, eachWay, TimeSpan.Zero);

    /// <summary>Without a delay: for a server that is replaced behind it.</summary>
    public static Relay Plain(int serverPort) => new(serverPort, TimeSpan.Zero, TimeSpan.Zero);

    public static Relay SlowToDecide(int serverPort, TimeSpan decision) => new(serverPort, TimeSpan.Zero, decision);

    /// <summary>Sends one piece after the other from the server, with this time between them.</summary>
    public static Relay HeldUp(int serverPort, TimeSpan hold) => new(serverPort, TimeSpan.Zero, TimeSpan.Zero, hold);

    /// <summary>Sends further connections to another server; returns when the old one has no connections left.</summary>
    public Task MoveTo(int serverPort)
    {
        var old = Interlocked.Exchange(ref _server, new Server(serverPort));
        old.Leave();
        return old.Left.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true) _ = Join(await _listener.AcceptAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task Join(Socket client)
    {
        var behind = Server.Enter(ref _server);
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            client.NoDelay = true;
            await server.ConnectAsync(IPAddress.Loopback, behind.Port, _stop.Token);
            await Task.WhenAll(Carry(client, server, _decision, TimeSpan.Zero), Carry(server, client, TimeSpan.Zero, _hold));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side has closed; both are closed.
        }
        finally
        {
            client.Dispose();
            behind.Leave();
        }
    }

    /// <summary>Reads at once and writes when due, so waiting pieces do not delay later ones.</summary>
    /// <param name="decision">From the second piece on, nothing passes before this time after the second piece arrived.</param>
    /// <param name="hold">How long a piece is delayed after it arrived, or after the previous one was sent.</param>
    private async Task Carry(Socket from, Socket to, TimeSpan decision, TimeSpan hold)
    {
        var pieces = Channel.CreateUnbounded<Piece>();
        var writing = Write(to, pieces.Reader);
        for (var (count, decided, last) = (0, TimeSpan.Zero, TimeSpan.Zero); ; count++)
        {
            var (bytes, reset) = await Read(from);
            var now = _clock.Elapsed;
            if (count == 1) decided = now + decision;
            var due = now + _eachWay;
            if (hold > TimeSpan.Zero) due = last = (now > last ? now : last) + hold;
            await pieces.Writer.WriteAsync(new Piece(bytes, reset, due > decided ? due : decided));
            if (bytes.Length == 0) break;
        }

        await writing;
    }

    private async Task<(ReadOnlyMemory<byte> Bytes, bool Reset)> Read(Socket from)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            return (buffer.AsMemory(0, await from.ReceiveAsync(buffer, _stop.Token)), false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return (default, true);
        }
    }

    private async Task Write(Socket to, ChannelReader<Piece> pieces)
    {
        await foreach (var piece in pieces.ReadAllAsync(_stop.Token))
        {
            var wait = piece.Due - _clock.Elapsed;
            if (wait > TimeSpan.Zero) await Task.Delay(wait, _stop.Token);
            try
            {
                if (piece.Bytes.Length > 0) await to.SendAsync(piece.Bytes, _stop.Token);
                else if (piece.Reset) Abort(to);
                else to.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The other side has closed; the read from it reports that in the other direction.
            }

            if (piece.Bytes.Length == 0) return;
        }
    }

    private static void Abort(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>The server behind the relay, and the number of its connections, plus one while it gets new ones.</summary>
    private sealed class Server(int port)
    {
        private int _inside = 1;

        public int Port => port;

        public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static Server Enter(ref Server current)
        {
            while (true)
            {
                var server = Volatile.Read(ref current);
                var inside = Volatile.Read(ref server._inside);
                if (inside > 0 && Interlocked.CompareExchange(ref server._inside, inside + 1, inside) == inside) return server;
            }
        }

        public void Leave()
        {
            if (Interlocked.Decrement(ref _inside) == 0) Left.SetResult();
        }
    }

    /// <summary>Bytes, and when they are due; no bytes: the end, or a reset.</summary>
    private readonly record struct Piece(ReadOnlyMemory<byte> Bytes, bool Reset, TimeSpan Due);
}
