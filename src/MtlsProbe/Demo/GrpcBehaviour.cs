using System.Buffers.Binary;
using System.Text;

namespace MtlsProbe.Demo;

/// <summary>
/// A gRPC service, as far as a health check needs it: one call by HTTP/2 (RFC 9113), whatever it asks for, and its answer. HPACK (RFC 7541) is
/// written as literals only, and never read.
/// </summary>
internal static class GrpcBehaviour
{
    private const int FrameHeader = 9;
    private const int MaxFrame = 16 * 1024;
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;
    private const byte Acknowledged = 1;
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /// <summary>Entry 8 of the static table is <c>:status: 200</c>; a literal without indexing begins with a zero.</summary>
    private static readonly byte[] s_head = [0x88, .. Field("content-type", "application/grpc")];

    /// <summary>Answers a health check with SERVING, or with PERMISSION_DENIED.</summary>
    public static Behaviour HealthCheck(bool refuses) => async (peer, stop) =>
    {
        if (!await peer.HandshakeAsync(stop)) return;
        await peer.WriteAsync(Frame(Settings, 0, 0, []), stop);
        var client = new Reader(peer);
        await client.ReadAsync(Preface.Length, stop);
        while (true)
        {
            var (type, flags, stream) = await client.FrameAsync(stop);
            if (type == Settings && (flags & Acknowledged) == 0) await peer.WriteAsync(Frame(Settings, Acknowledged, 0, []), stop);
            if (type is not (Data or Headers) || (flags & EndStream) == 0) continue;
            await peer.WriteAsync(refuses ? Refusal(stream) : Serving(stream), stop);
            break;
        }

        await peer.CloseAsync(stop);
    };

    /// <summary>A message of two bytes, <c>status: SERVING</c>, and trailers.</summary>
    private static byte[] Serving(uint stream) =>
    [
        .. Frame(Headers, EndHeaders, stream, s_head),
        .. Frame(Data, 0, stream, [0, 0, 0, 0, 2, 0x08, 1]),
        .. Frame(Headers, EndHeaders | EndStream, stream, Field("grpc-status", "0")),
    ];

    /// <summary>Only trailers.</summary>
    private static byte[] Refusal(uint stream) =>
        Frame(Headers, EndHeaders | EndStream, stream, [.. s_head, .. Field("grpc-status", "7"), .. Field("grpc-message", "this client certificate has no access")]);

    private static byte[] Field(string name, string value) => [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    private static byte[] Frame(byte type, byte flags, uint stream, byte[] payload)
    {
        var frame = new byte[FrameHeader + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, FrameHeader);
        return frame;
    }

    /// <summary>Reads the client's frames and drops their content.</summary>
    private sealed class Reader(ServerPeer peer)
    {
        private readonly byte[] _buffer = new byte[MaxFrame];
        private int _from;
        private int _to;

        /// <exception cref="IOException">The client has gone, or sends larger frames than allowed.</exception>
        public async Task<(byte Type, byte Flags, uint Stream)> FrameAsync(CancellationToken stop)
        {
            var head = await ReadAsync(FrameHeader, stop);
            var (length, type, flags) = (BinaryPrimitives.ReadInt32BigEndian(head) >> 8 & 0xffffff, head[3], head[4]);
            var stream = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(5)) & 0x7fff_ffff;
            if (length > MaxFrame) throw new IOException("a frame is too large");
            await ReadAsync(length, stop);
            return (type, flags, stream);
        }

        public async Task<byte[]> ReadAsync(int count, CancellationToken stop)
        {
            var bytes = new byte[count];
            for (var had = 0; had < count;)
            {
                if (_from == _to)
                {
                    (_from, _to) = (0, await peer.ReadAsync(_buffer, stop));
                    if (_to == 0) throw new IOException("the client has gone");
                }

                var taken = Math.Min(count - had, _to - _from);
                _buffer.AsSpan(_from, taken).CopyTo(bytes.AsSpan(had));
                (had, _from) = (had + taken, _from + taken);
            }

            return bytes;
        }
    }
}
