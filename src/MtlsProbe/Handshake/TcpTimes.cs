using System.Buffers.Binary;
using System.Net.Sockets;

namespace MtlsProbe.Handshake;

/// <summary>
/// The kernel's times of a connection (<c>TCP_INFO</c>, tcp(7)). A process that waits for the CPU handles an event some time after it happened, but
/// the kernel recorded its time. Ages are in kernel ticks of 1 to 10 ms.
/// </summary>
/// <param name="SentAgo">Time since data were last sent.</param>
/// <param name="ReceivedAgo">Time since data last arrived.</param>
/// <param name="SegmentAgo">Time since any segment last arrived, including an empty one that closes the stream, but not a reset.</param>
/// <param name="RoundTrip">The shortest round trip to the TCP peer, which can be a relay near us; zero if none was measured.</param>
/// <param name="Repeated">Number of retransmitted segments.</param>
/// <param name="Unacknowledged">Number of segments that the peer's system has not acknowledged.</param>
internal readonly record struct TcpTimes(TimeSpan SentAgo, TimeSpan ReceivedAgo, TimeSpan SegmentAgo, TimeSpan RoundTrip, uint Repeated, uint Unacknowledged)
{
    /// <summary>A shorter age can be zero in reality: the kernel's ticks are as coarse as this.</summary>
    public static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(10);

    private const int ProtocolTcp = 6;
    private const int OptionTcpInfo = 11;

    // Offsets in struct tcp_info (linux/tcp.h), which only ever grows at its end: eight octets, then 32-bit numbers.
    private const int UnacknowledgedSegments = 24;
    private const int LastDataSent = 44;
    private const int LastDataReceived = 52;
    private const int LastAckReceived = 56;
    private const int TotalRetransmitted = 100;
    private const int ShortestRoundTrip = 148; // microseconds
    private const int Length = 152;

    /// <summary>Null if the system does not provide it.</summary>
    public static TcpTimes? Read(Socket socket)
    {
        Span<byte> info = stackalloc byte[Length];
        try
        {
            if (socket.GetRawSocketOption(ProtocolTcp, OptionTcpInfo, info) < Length) return null;
        }
        catch (SocketException)
        {
            return null;
        }

        return new TcpTimes(
            Milliseconds(info, LastDataSent), Milliseconds(info, LastDataReceived), Milliseconds(info, LastAckReceived),
            TimeSpan.FromMicroseconds(Number(info, ShortestRoundTrip)), Number(info, TotalRetransmitted), Number(info, UnacknowledgedSegments));
    }

    private static TimeSpan Milliseconds(ReadOnlySpan<byte> info, int offset) => TimeSpan.FromMilliseconds(Number(info, offset));

    private static uint Number(ReadOnlySpan<byte> info, int offset) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(info[offset..]) : BinaryPrimitives.ReadUInt32BigEndian(info[offset..]);
}
