using System.Net.Sockets;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Demo;

/// <summary>The server's end of one connection. One task uses it; after a cancelled call it can only be disposed.</summary>
internal sealed class ServerPeer(Socket socket, TlsContext? context) : IDisposable
{
    /// <summary>One TLS record with its overhead (RFC 8446 §5.2).</summary>
    private const int BufferSize = 17 * 1024;

    /// <summary>How much a client can send into a connection that we have finished with, before it is cut off.</summary>
    private const int MaxLingerBytes = 1 << 20;

    private readonly byte[] _wire = new byte[BufferSize];
    private TlsConnection? _tls;

    /// <summary>For behaviours without TLS, or that break it.</summary>
    public Socket Socket => socket;

    /// <summary>What has happened in this connection, including the alerts that libssl sent for us.</summary>
    public WireRecord Record => Tls.Record;

    private TlsConnection Tls =>
        _tls ??= TlsConnection.Server(context ?? throw new InvalidOperationException("a server without parameters speaks no TLS"));

    /// <summary>False: the handshake failed. If libssl has an alert for it, that alert has been sent.</summary>
    public async Task<bool> HandshakeAsync(CancellationToken stop)
    {
        while (true)
        {
            var status = Tls.Handshake();
            await FlushAsync(stop);
            if (status != TlsStatus.NeedsInput) return status == TlsStatus.Done;
            if (!await FeedAsync(stop)) return false;
        }
    }

    /// <summary>The number of bytes; 0 if the client has closed the connection, or sent something other than TLS.</summary>
    public async Task<int> ReadAsync(Memory<byte> buffer, CancellationToken stop)
    {
        while (true)
        {
            var status = Tls.Read(buffer.Span, out var count);
            await FlushAsync(stop);
            if (status == TlsStatus.Done) return count;
            if (status != TlsStatus.NeedsInput || !await FeedAsync(stop)) return 0;
        }
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> data, CancellationToken stop)
    {
        while (Tls.Write(data.Span) is var status && status != TlsStatus.Done)
        {
            if (status != TlsStatus.NeedsInput || !await FeedAsync(stop)) throw new IOException("the client has gone");
        }

        await FlushAsync(stop);
    }

    /// <summary>Sends close_notify.</summary>
    public Task CloseAsync(CancellationToken stop)
    {
        Tls.Close();
        return FlushAsync(stop);
    }

    /// <summary>
    /// Sends FIN and waits for the client's. Closing a socket with unread bytes would send a reset, and a reset can overtake our last alert.
    /// </summary>
    public async Task LingerAsync(CancellationToken stop)
    {
        socket.Shutdown(SocketShutdown.Send);
        await DiscardAsync(stop);
    }

    /// <summary>Reads and discards until the client closes.</summary>
    public async Task DiscardAsync(CancellationToken stop)
    {
        var total = 0;
        while (total < MaxLingerBytes && await socket.ReceiveAsync(_wire, stop) is > 0 and var count) total += count;
    }

    public void Dispose()
    {
        _tls?.Dispose();
        socket.Dispose();
    }

    private async Task<bool> FeedAsync(CancellationToken stop)
    {
        var count = await socket.ReceiveAsync(_wire, stop);
        if (count == 0) return false;
        Tls.Feed(_wire.AsSpan(0, count));
        return true;
    }

    private async Task FlushAsync(CancellationToken stop)
    {
        while (Tls.Drain(_wire) is > 0 and var count)
        {
            for (var sent = 0; sent < count;) sent += await socket.SendAsync(_wire.AsMemory(sent, count - sent), stop);
        }
    }
}
