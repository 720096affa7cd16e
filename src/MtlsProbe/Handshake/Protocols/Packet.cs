namespace MtlsProbe.Handshake;

/// <summary>Reads the packets of binary protocols: never more than was announced, and nothing that is announced as too long.</summary>
internal static class Packet
{
    /// <summary>Maximum bytes. Nothing that comes before a login is nearly as long.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>The next bytes.</summary>
    /// <exception cref="EndOfStreamException">The server closed before the last of them.</exception>
    public static async ValueTask<byte[]> ReadAsync(Stream stream, int count, CancellationToken cancellation)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, cancellation).ConfigureAwait(false);
        return bytes;
    }

    /// <summary>A length that a server announces, if it is within the limits.</summary>
    /// <exception cref="MalformedException">It is not.</exception>
    public static int Length(long announced, int least = 0) => announced >= least && announced <= MaxLength
        ? (int)announced
        : throw new MalformedException($"the server announced a packet of {announced} bytes");
}
