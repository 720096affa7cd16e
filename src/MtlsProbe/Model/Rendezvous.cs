using System.Text;

namespace MtlsProbe.Model;

/// <summary>
/// Rendezvous hashing (highest random weight; Thaler and Ravishankar, 1998): which of several processes probes a target. Each process calculates it
/// for itself, so the result must never change. docs/scale.md names the algorithm and has test vectors.
/// </summary>
internal static class Rendezvous
{
    /// <summary>Bytes of a name that need no allocation.</summary>
    private const int UsualLength = 512;

    /// <summary>
    /// The process with the highest weight, from 1. The weight of process k for a name is fmix64(FNV-1a-64(name in UTF-8) XOR k · 0x9E3779B97F4A7C15),
    /// where fmix64 is the finalizer of MurmurHash3; of equal weights, the lower k wins.
    /// </summary>
    /// <param name="count">How many processes there are, at least 1.</param>
    public static int Choose(string name, int count)
    {
        var hash = Hash(name);
        var (chosen, highest) = (1, Weight(hash, 1));
        for (var number = 2; number <= count; number++)
        {
            var weight = Weight(hash, number);
            if (weight > highest) (chosen, highest) = (number, weight);
        }

        return chosen;
    }

    /// <summary>FNV-1a with 64 bits (draft-eastlake-fnv).</summary>
    private static ulong Hash(string name)
    {
        var most = Encoding.UTF8.GetMaxByteCount(name.Length);
        var buffer = most <= UsualLength ? stackalloc byte[UsualLength] : new byte[most];
        var hash = 0xCBF29CE484222325;
        foreach (var octet in buffer[..Encoding.UTF8.GetBytes(name, buffer)]) hash = unchecked((hash ^ octet) * 0x100000001B3);
        return hash;
    }

    private static ulong Weight(ulong hash, int number)
    {
        unchecked
        {
            var weight = hash ^ ((ulong)number * 0x9E3779B97F4A7C15);
            weight = (weight ^ (weight >> 33)) * 0xFF51AFD7ED558CCD;
            weight = (weight ^ (weight >> 33)) * 0xC4CEB9FE1A85EC53;
            return weight ^ (weight >> 33);
        }
    }
}
