using System.Net.Sockets;

namespace MtlsProbe.Handshake;

/// <summary>Kernel queries about a connection, besides its bytes and times.</summary>
internal static class TcpSocket
{
    private const int ProtocolTcp = 6;
    private const int OptionQuickAck = 12; // linux/tcp.h

    /// <summary>The kernel has received something, possibly the end of the stream.</summary>
    public static bool IsReadable(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return true; // broken: the read shows it
        }
    }

    /// <summary>
    /// A server that has sent its tickets keeps a short answer back until they are acknowledged (Nagle's algorithm, RFC 9293 §3.7.4), and the
    /// kernel puts that off by 40 ms where we have nothing more to say. It does not from here on, for the next segments (tcp(7)).
    /// </summary>
    public static void AcknowledgeAtOnce(Socket socket)
    {
        try
        {
            socket.SetRawSocketOption(ProtocolTcp, OptionQuickAck, BitConverter.GetBytes(1));
        }
        catch (SocketException)
        {
            // A matter of speed alone.
        }
    }
}
