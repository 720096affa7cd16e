using System.Numerics;
using System.Security.Cryptography;

namespace MtlsProbe.Files;

/// <summary>
/// Buffers for possible secrets: pinned, so the garbage collector leaves no copies, and overwritten when they are returned. Some are kept for the
/// next reader: otherwise polled files would fill the heap with memory that only a full collection frees. Thread-safe.
/// </summary>
internal static class PinnedBuffers
{
    private const int Least = 4096;

    /// <summary>Larger ones are not kept.</summary>
    private const int LargestKept = 1 << 21;

    /// <summary>
    /// Maximum bytes of one size that are kept, but at least one buffer: some hundred small files are read at once if each trust anchor has its own
    /// file.
    /// </summary>
    private const int MostKept = 1 << 20;

    private static readonly Lock s_gate = new();
    private static readonly Stack<byte[]>[] s_kept = [.. Enumerable.Range(0, BitOperations.Log2(LargestKept) + 1).Select(_ => new Stack<byte[]>())];

    /// <summary>A buffer of zeros with room for at least this many bytes.</summary>
    public static byte[] Rent(int size)
    {
        var rounded = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(size, Least));
        if (rounded <= LargestKept)
        {
            lock (s_gate)
            {
                if (s_kept[BitOperations.Log2((uint)rounded)].TryPop(out var kept)) return kept;
            }
        }

        return GC.AllocateArray<byte>(rounded, pinned: true);
    }

    /// <summary>Overwrites it. The caller must not use it afterwards.</summary>
    public static void Return(byte[] buffer)
    {
        CryptographicOperations.ZeroMemory(buffer);
        if (buffer.Length is < Least or > LargestKept) return;
        lock (s_gate)
        {
            var kept = s_kept[BitOperations.Log2((uint)buffer.Length)];
            if (kept.Count == 0 || (kept.Count + 1) * (long)buffer.Length <= MostKept) kept.Push(buffer);
        }
    }
}
