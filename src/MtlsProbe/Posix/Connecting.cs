using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MtlsProbe.Posix;

/// <summary>
/// Begins a TCP connection without waiting for its end. .NET reports a connection in progress by an exception, which costs more than the connection.
/// </summary>
internal static unsafe partial class Connecting
{
    // errno.h of Linux on x86 and Arm.
    private const int InProgress = 115; // EINPROGRESS
    private const int Interrupted = 4; // EINTR: a connection of a non-blocking socket continues

    /// <summary>
    /// Success: the connection is made or in progress, and the socket becomes writable when it has been made or has failed. Otherwise it has failed.
    /// </summary>
    /// <param name="socket">Non-blocking.</param>
    public static SocketError Begin(Socket socket, IPEndPoint peer)
    {
        var address = peer.Serialize();
        fixed (byte* bytes = address.Buffer.Span)
        {
            if (Connect(socket.SafeHandle, bytes, (uint)address.Size) == 0) return SocketError.Success;
        }

        return Marshal.GetLastPInvokeError() switch
        {
            InProgress or Interrupted => SocketError.Success,
            1 or 13 => SocketError.AccessDenied, // EPERM, EACCES
            12 or 105 => SocketError.NoBufferSpaceAvailable, // ENOMEM, ENOBUFS
            22 => SocketError.InvalidArgument, // EINVAL
            97 => SocketError.AddressFamilyNotSupported, // EAFNOSUPPORT
            98 => SocketError.AddressAlreadyInUse, // EADDRINUSE
            11 or 99 => SocketError.AddressNotAvailable, // EAGAIN, EADDRNOTAVAIL: no local address or port is free
            100 => SocketError.NetworkDown, // ENETDOWN
            101 => SocketError.NetworkUnreachable, // ENETUNREACH
            104 => SocketError.ConnectionReset, // ECONNRESET
            110 => SocketError.TimedOut, // ETIMEDOUT
            111 => SocketError.ConnectionRefused, // ECONNREFUSED
            112 => SocketError.HostDown, // EHOSTDOWN
            113 => SocketError.HostUnreachable, // EHOSTUNREACH
            _ => SocketError.SocketError,
        };
    }

    /// <summary>Our end of the connection; null if it is gone. .NET knows it only for connections that it has made itself.</summary>
    public static IPEndPoint? LocalEnd(Socket socket)
    {
        var address = new SocketAddress(socket.AddressFamily);
        var length = (uint)address.Size;
        fixed (byte* bytes = address.Buffer.Span) return LocalName(socket.SafeHandle, bytes, &length) == 0 ? EndPoint(address) : null;
    }

    /// <summary>The other end of the connection; null if it is gone.</summary>
    /// <inheritdoc cref="LocalEnd"/>
    public static IPEndPoint? PeerEnd(Socket socket)
    {
        var address = new SocketAddress(socket.AddressFamily);
        var length = (uint)address.Size;
        fixed (byte* bytes = address.Buffer.Span) return PeerName(socket.SafeHandle, bytes, &length) == 0 ? EndPoint(address) : null;
    }

    private static IPEndPoint EndPoint(SocketAddress address)
    {
        var any = address.Family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
        return (IPEndPoint)new IPEndPoint(any, 0).Create(address);
    }

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(SafeSocketHandle socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "getsockname")]
    private static partial int LocalName(SafeSocketHandle socket, byte* address, uint* length);

    [LibraryImport("libc", EntryPoint = "getpeername")]
    private static partial int PeerName(SafeSocketHandle socket, byte* address, uint* length);
}
