using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Tests.Handshake;

/// <summary>A server on loopback whose behavior a test writes as code: it receives each connection and handles it as it likes.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _connections;

    /// <param name="contexts">Each connection gets the next in turn; none: no TLS.</param>
    private Peer(Func<PeerConnection, Task> behaviour, IReadOnlyList<TlsContext> contexts)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(128);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync(behaviour, contexts);
    }

    public int Port { get; }

    public int Connections => Volatile.Read(ref _connections);

    public static Peer Raw(Func<PeerConnection, Task> behaviour) => new(behaviour, []);

    public static Peer Tls(ServerParameters parameters, Func<PeerConnection, Task> behaviour) => new(behaviour, [TlsContext.Server(parameters)]);

    public static Peer Tls(IReadOnlyList<TlsContext> contexts, Func<PeerConnection, Task> behaviour) => new(behaviour, contexts);

    /// <summary>From now on, connections are refused; existing ones continue.</summary>
    public void StopListening() => _listener.Dispose();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task AcceptAsync(Func<PeerConnection, Task> behaviour, IReadOnlyList<TlsContext> contexts)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stop.Token);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return; // it no longer listens
            }

            socket.NoDelay = true;
            var turn = Interlocked.Increment(ref _connections) - 1;
            _ = ServeAsync(socket, behaviour, contexts.Count == 0 ? null : contexts[turn % contexts.Count]);
        }
    }

    private async Task ServeAsync(Socket socket, Func<PeerConnection, Task> behaviour, TlsContext? context)
    {
        using var connection = new PeerConnection(socket, context is null ? null : TlsConnection.Server(context), _stop.Token);
        try
        {
            await behaviour(connection);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client has gone, or the test is over.
        }
    }
}

/// <summary>The server's end of a connection.</summary>
internal sealed class PeerConnection(Socket socket, TlsConnection? tls, CancellationToken stop) : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly byte[] _output = new byte[64 * 1024];
    private byte[] _hello = [];

    public TlsConnection Connection => tls!;

    public CancellationToken Stop => stop;

    public Task SendRawAsync(ReadOnlyMemory<byte> bytes) => socket.SendAsync(bytes, stop).AsTask();

    public Task<int> ReceiveRawAsync() => socket.ReceiveAsync(_buffer, stop).AsTask();

    /// <summary>What the client sends in plain text, one character per byte.</summary>
    public async Task<string> ReceiveRawTextAsync()
    {
        var count = await socket.ReceiveAsync(_buffer, stop);
        return count == 0 ? throw new EndOfStreamException() : Encoding.Latin1.GetString(_buffer, 0, count);
    }

    /// <summary>A number of bytes that the client sends in plain text, and none of the TLS that may follow.</summary>
    public async Task<string> ReceiveRawTextAsync(int count)
    {
        for (var had = 0; had < count;)
        {
            var more = await socket.ReceiveAsync(_buffer.AsMemory(had, count - had), stop);
            had += more > 0 ? more : throw new EndOfStreamException();
        }

        return Encoding.Latin1.GetString(_buffer, 0, count);
    }

    /// <summary>Runs the handshake; true if it completed on our side, which means that the client's certificate was accepted.</summary>
    /// <param name="beforeReply">Awaited before each flight is sent.</param>
    public async Task<bool> HandshakeAsync(Func<Task>? beforeReply = null)
    {
        while (true)
        {
            var status = tls!.Handshake();
            if (beforeReply is not null) await beforeReply();
            await FlushAsync();
            if (status != TlsStatus.NeedsInput) return status == TlsStatus.Done;
            await FeedAsync();
        }
    }

    /// <summary>Runs the handshake, and holds back what the server sends after the client's last flight: the tickets of TLS 1.3.</summary>
    public async Task<bool> HandshakeWithoutLastFlightAsync()
    {
        while (true)
        {
            var status = tls!.Handshake();
            if (status != TlsStatus.NeedsInput) return status == TlsStatus.Done;
            await FlushAsync();
            await FeedAsync();
        }
    }

    /// <summary>Whether the client's hello contains these bytes.</summary>
    public bool HelloOffers(ReadOnlySpan<byte> name) => _hello.AsSpan().IndexOf(name) >= 0;

    /// <summary>Waits for application data; null if the client closed.</summary>
    public async Task<string?> ReadAsync()
    {
        while (true)
        {
            var status = tls!.Read(_buffer, out var count);
            await FlushAsync();
            if (status == TlsStatus.Done) return Encoding.Latin1.GetString(_buffer, 0, count);
            if (status != TlsStatus.NeedsInput) return null;
            await FeedAsync();
        }
    }

    public async Task WriteAsync(string text)
    {
        tls!.Write(Encoding.Latin1.GetBytes(text));
        await FlushAsync();
    }

    public async Task CloseTlsAsync()
    {
        tls!.Close();
        await FlushAsync();
    }

    /// <summary>Data that are sent from now on leave together with the close, in one packet (TCP_CORK).</summary>
    public void HoldBack() => socket.SetRawSocketOption(6, 3, BitConverter.GetBytes(1));

    public void CloseTcp() => socket.Shutdown(SocketShutdown.Both);

    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>Stays connected and silent until the test is over.</summary>
    public Task HangAsync() => Task.Delay(Timeout.Infinite, stop);

    /// <summary>Takes bytes from the client, so that the state machine has its input.</summary>
    public async Task FeedAsync()
    {
        var count = await socket.ReceiveAsync(_buffer, stop);
        if (count == 0) throw new EndOfStreamException();
        if (_hello.Length == 0) _hello = _buffer[..count];
        tls!.Feed(_buffer.AsSpan(0, count));
    }

    public async Task FlushAsync()
    {
        for (int count; (count = tls!.Drain(_output)) > 0;) await socket.SendAsync(_output.AsMemory(0, count), stop);
    }

    /// <summary>Sends the first pending records (RFC 5246 §6.2.1: five bytes of header, the last two the length), and no more.</summary>
    public async Task FlushRecordsAsync(int records)
    {
        var output = new byte[64 * 1024];
        var count = tls!.Drain(output);
        var end = 0;
        for (; records > 0 && end < count; records--) end += 5 + BinaryPrimitives.ReadUInt16BigEndian(output.AsSpan(end + 3));
        await socket.SendAsync(output.AsMemory(0, end), stop);
    }

    public void Dispose()
    {
        socket.Dispose();
        tls?.Dispose();
    }
}
