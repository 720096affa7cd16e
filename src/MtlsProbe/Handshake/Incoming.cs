using System.Buffers;
using System.Net.Sockets;
using MtlsProbe.Readiness;

namespace MtlsProbe.Handshake;

/// <summary>
/// The input of a socket, with one read at a time into one buffer. HTTP/2 waits for input and writes at the same time, and writing can need input
/// too. It does not own the socket.
/// </summary>
internal sealed class Incoming(ReadySocket socket) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(Wire.BufferSize);
    private Task<Received>? _pending;

    /// <summary>The awaited data are in the kernel, or have been read but not handled yet.</summary>
    public bool HasCome
    {
        get
        {
            lock (_gate) return _pending is { IsCompleted: true } || TcpSocket.IsReadable(socket.Socket);
        }
    }

    /// <summary>The read in progress, or a new one.</summary>
    public Task<Received> Begin(CancellationToken cancellation)
    {
        lock (_gate) return _pending ??= ReceiveAsync(cancellation);
    }

    /// <summary>The read has ended and its bytes have been handled: the next <see cref="Begin"/> may overwrite them.</summary>
    public void End()
    {
        lock (_gate) _pending = null;
    }

    /// <summary>The bytes of the last completed read.</summary>
    public ReadOnlySpan<byte> Bytes(int count) => _bytes.AsSpan(0, count);

    /// <summary>A read in progress owns its buffer until it has ended; then the garbage collector frees the buffer.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_pending is null or { IsCompleted: true }) ArrayPool<byte>.Shared.Return(_bytes);
        }
    }

    private async Task<Received> ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            return new Received(await socket.ReceiveAsync(_bytes.AsMemory(0, Wire.BufferSize), cancellation).ConfigureAwait(false), null);
        }
        catch (SocketException e)
        {
            return new Received(0, e.SocketErrorCode);
        }
    }
}

/// <param name="Count">0 at the end of the stream.</param>
/// <param name="Error">Null if there was none.</param>
internal readonly record struct Received(int Count, SocketError? Error);
