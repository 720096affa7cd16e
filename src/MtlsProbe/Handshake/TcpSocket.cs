using System.Net.Sockets;

namespace MtlsProbe.Handshake;

/// <summary>Queries the kernel about a connection, besides its bytes and times.</summary>
internal static class TcpSocket
{
    private const int ProtocolTcp = 6;
    private const int OptionQuickAck = 12; // linux/tcp.h

    /// <summary>The kernel has received data, or the end of the stream.</summary>
    public static bool IsReadable(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return true; // broken: the read reports it
        }
    }

    /// <summary>
    /// A server that has sent its tickets holds a short answer back until they are acknowledged (Nagle's algorithm, RFC 9293 §3.7.4). The kernel
    /// delays the acknowledgement by 40 ms if we have nothing more to send. After this call it does not, for the next segments (tcp(7)).
    /// </summary>
    public static void AcknowledgeAtOnce(Socket socket)
    {
        try
        {
            socket.SetRawSocketOption(ProtocolTcp, OptionQuickAck, BitConverter.GetBytes(1));
        }
        catch (SocketException)
        {
            // It only affects speed.
        }
    }
}
