namespace MtlsProbe.OpenSsl;

/// <summary>Objects of libcrypto as DER bytes in managed memory.</summary>
internal static unsafe class Der
{
    /// <summary>0 if the bytes are not such an object.</summary>
    /// <param name="decode">A d2i function.</param>
    public static nint Decode(ReadOnlySpan<byte> der, delegate*<nint*, byte**, nint, nint> decode)
    {
        fixed (byte* start = der)
        {
            var cursor = start;
            return decode(null, &cursor, der.Length);
        }
    }

    /// <param name="encode">An i2d function; it is called twice: for the length, then for the bytes.</param>
    public static byte[] Encode(nint value, delegate*<nint, byte**, int> encode)
    {
        var length = encode(value, null);
        if (length <= 0) return [];
        var bytes = new byte[length];
        fixed (byte* start = bytes)
        {
            var cursor = start;
            encode(value, &cursor);
        }

        return bytes;
    }
}
