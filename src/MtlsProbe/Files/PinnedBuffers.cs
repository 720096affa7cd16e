using System.Numerics;
using System.Security.Cryptography;

namespace MtlsProbe.Files;

/// <summary>
/// Buffers for what may be a secret: pinned, so that the collector leaves no copies behind, and overwritten when they are given back. One of
/// each size is kept for the next reader: files that are polled would else fill the heap of large objects, which only a full collection
/// empties. Thread-safe.
/// </summary>
internal static class PinnedBuffers
{
    private const int Least = 4096;

    /// <summary>Larger ones are not kept.</summary>
    private const int LargestKept = 1 << 21;

    private static readonly byte[]?[] s_kept = new byte[]?[BitOperations.Log2(LargestKept) + 1];

    /// <summary>A buffer of zeros with room for so many bytes, or more.</summary>
    public static byte[] Rent(int size)
    {
        var rounded = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(size, Least));
        return (rounded <= LargestKept ? Interlocked.Exchange(ref s_kept[BitOperations.Log2((uint)rounded)], null) : null)
            ?? GC.AllocateArray<byte>(rounded, pinned: true);
    }

    /// <summary>Overwrites it. Nobody may use it any more.</summary>
    public static void Return(byte[] buffer)
    {
        CryptographicOperations.ZeroMemory(buffer);
        if (buffer.Length is >= Least and <= LargestKept) s_kept[BitOperations.Log2((uint)buffer.Length)] = buffer;
    }
}
