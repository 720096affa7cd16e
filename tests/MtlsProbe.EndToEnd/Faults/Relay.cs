using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace MtlsProbe.EndToEnd.Faults;

/// <summary>
/// A TCP relay that delays: every byte, every close and every reset arrives on the other side as it was, later. It answers the
/// connection itself, as relays do, so the time to connect says nothing about the distance behind it.
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

    /// <param name="serverPort">The port behind, on loopback.</param>
    /// <param name="eachWay">Added in both directions.</param>
    /// <param name="decision">Added on the way to the server to all that follows the ClientHello: the server seems slow to decide.</param>
    /// <param name="hold">How long each piece from the server is held up after it came, or after the one before it went on.</param>
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

    /// <summary>No delay: for a server that is replaced behind its back.</summary>
    public static Relay Plain(int serverPort) => new(serverPort, TimeSpan.Zero, TimeSpan.Zero);

    public static Relay SlowToDecide(int serverPort, TimeSpan decision) => new(serverPort, TimeSpan.Zero, decision);

    /// <summary>One piece after the other comes from the server, so long apart.</summary>
    public static Relay HeldUp(int serverPort, TimeSpan hold) => new(serverPort, TimeSpan.Zero, TimeSpan.Zero, hold);

    /// <summary>Further connections go to another server; returns when none is left at the old one.</summary>
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
            // One side is gone; both are closed.
        }
        finally
        {
            client.Dispose();
            behind.Leave();
        }
    }

    /// <summary>Reads at once and writes when due, so that waiting pieces do not delay those that follow.</summary>
    /// <param name="decision">From the second piece on, nothing passes before this time after the second piece came.</param>
    /// <param name="hold">How long a piece is held up after it came, or after the one before it went on.</param>
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
                // The other side is gone; reading from it says so in the other direction.
            }

            if (piece.Bytes.Length == 0) return;
        }
    }

    private static void Abort(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>What is behind the relay, and who is still there: one place more than connections for as long as new ones go there.</summary>
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
