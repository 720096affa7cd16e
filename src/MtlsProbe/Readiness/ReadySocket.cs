using System.Net;
using System.Net.Sockets;
using MtlsProbe.Posix;

namespace MtlsProbe.Readiness;

/// <summary>
/// A TCP connection whose waits end on the thread of its <see cref="EventLoop"/>. At most one operation of each direction at a time. It owns the
/// socket.
/// </summary>
internal sealed class ReadySocket : IDisposable
{
    private readonly Change _readable = new();
    private readonly Change _writable = new();
    private readonly EventLoop _loop = EventLoop.Current;
    private int _place = -1; // at the loop; negative before the connection
    private int _isDisposed; // 1 if so

    /// <exception cref="SocketException">The process or the machine has no descriptor left.</exception>
    public ReadySocket(AddressFamily family) => Socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, Blocking = false };

    /// <summary>For everything but waiting: its asynchronous methods must not be used.</summary>
    public Socket Socket { get; }

    /// <summary>The other end; null if there was no connection.</summary>
    public IPEndPoint? Peer { get; private set; }

    /// <summary>How the connection ended: <see cref="SocketError.Success"/> if it has been made.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<SocketError> ConnectAsync(IPEndPoint peer, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var begun = Connecting.Begin(Socket, peer);
        if (begun != SocketError.Success) return begun;
        try
        {
            _place = _loop.Watch(Socket, this); // only now: before, a socket counts as writable
        }
        catch (IOException)
        {
            return SocketError.NoBufferSpaceAvailable;
        }

        await _writable.WaitAsync(cancellation).ConfigureAwait(false);
        var error = (SocketError)(int)Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;

        // The unspecified address leads to this machine.
        if (error == SocketError.Success) Peer = peer.Address.Equals(IPAddress.Any) || peer.Address.Equals(IPAddress.IPv6Any) ? Connecting.PeerEnd(Socket) : peer;
        return error;
    }

    /// <summary>Receives what there is, or waits for it. 0 at the end of the stream.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before anything came.</exception>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        while (true)
        {
            _readable.Expect();
            var (count, error) = Receive(buffer.Span);
            if (error == SocketError.Success) return count;
            if (error != SocketError.WouldBlock) throw new SocketException((int)error);
            await _readable.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Sends at least one byte.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before anything was sent.</exception>
    public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (true)
        {
            _writable.Expect();
            var (count, error) = Send(bytes.Span);
            if (error == SocketError.Success) return count;
            if (error != SocketError.WouldBlock) throw new SocketException((int)error);
            await _writable.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Called by the loop, on its thread: something has changed since the last call.</summary>
    public void Changed(bool readable, bool writable)
    {
        if (writable) _writable.Come();
        if (readable) _readable.Come();
    }

    /// <summary>Ends all waits.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        if (_place >= 0) _loop.Forget(_place);
        Socket.Dispose();
        Changed(readable: true, writable: true);
    }

    private (int Count, SocketError Error) Receive(Span<byte> buffer)
    {
        try
        {
            return (Socket.Receive(buffer, SocketFlags.None, out var error), error);
        }
        catch (ObjectDisposedException)
        {
            return (0, SocketError.OperationAborted);
        }
    }

    private (int Count, SocketError Error) Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return (Socket.Send(bytes, SocketFlags.None, out var error), error);
        }
        catch (ObjectDisposedException)
        {
            return (0, SocketError.OperationAborted);
        }
    }
}
