using System.Collections.Immutable;

namespace MtlsProbe.Model;

/// <summary>
/// The last results of a series, at most <see cref="ResultHistory.Window"/>, as bytes. Results come at regular times with the same verdict, so each is
/// written as the difference to what is expected: 4 or 5 bytes instead of the 12 of a <see cref="PastResult"/>. Immutable.
/// </summary>
internal readonly struct PackedResults
{
    // A result has three numbers: its time after the one before it, its verdict if that changes, and its duration. A number has ten bytes at most.
    private const int MostBytes = (ResultHistory.Window * 3 * MostOfNumber) + (2 * MostOfNumber);
    private const int MostOfNumber = 10;

    /// <summary>The time of the first result, the usual time between two, then the results, oldest first.</summary>
    private readonly byte[]? _bytes; // null: no results

    private PackedResults(ReadOnlySpan<byte> bytes) => _bytes = bytes.ToArray();

    /// <summary>Oldest first.</summary>
    public ImmutableArray<PastResult> Unpacked()
    {
        Span<PastResult> results = stackalloc PastResult[ResultHistory.Window];
        return [.. results[..Unpack(results)]];
    }

    /// <summary>The results after one more.</summary>
    /// <param name="leaving">The oldest, if it has no room any more; otherwise null.</param>
    public PackedResults With(PastResult added, out PastResult? leaving)
    {
        Span<PastResult> results = stackalloc PastResult[ResultHistory.Window + 1];
        var count = Unpack(results);
        results[count++] = added;
        leaving = count > ResultHistory.Window ? results[0] : null;
        return Pack(results[(leaving is null ? 0 : 1)..count]);
    }

    private static PackedResults Pack(ReadOnlySpan<PastResult> results)
    {
        Span<byte> bytes = stackalloc byte[MostBytes];
        var writer = new Numbers(bytes);
        var (usual, at, verdict) = (Usual(results), results[0].Milliseconds, 0);
        writer.Write(at);
        writer.Write(usual);
        at -= usual;
        foreach (var result in results)
        {
            var isSame = result.Verdict == verdict;
            writer.Write((Signed(result.Milliseconds - at - usual) << 1) | (isSame ? 0L : 1L));
            if (!isSame) writer.Write(result.Verdict);
            writer.Write(result.Microseconds);
            (at, verdict) = (result.Milliseconds, result.Verdict);
        }

        return new PackedResults(bytes[..writer.Position]);
    }

    private int Unpack(Span<PastResult> results)
    {
        if (_bytes is null) return 0;
        var reader = new Numbers(_bytes);
        var (at, usual, verdict, count) = (reader.Read(), reader.Read(), 0, 0);
        at -= usual;
        while (reader.Position < _bytes.Length)
        {
            var number = reader.Read();
            at += usual + Unsigned(number >> 1);
            if ((number & 1) != 0) verdict = (int)reader.Read();
            results[count++] = new PastResult(at, verdict, reader.Read());
        }

        return count;
    }

    /// <summary>The median time between two results, in milliseconds: a pause or a step of the clock does not change it. 0 for a single result.</summary>
    private static long Usual(ReadOnlySpan<PastResult> results)
    {
        if (results.Length < 2) return 0;
        Span<long> between = stackalloc long[results.Length - 1];
        for (var i = 0; i < between.Length; i++) between[i] = Math.Max(0, results[i + 1].Milliseconds - results[i].Milliseconds);
        between.Sort();
        return between[between.Length / 2];
    }

    // Small differences of either sign as small numbers: 0, -1, 1, -2 …
    private static long Signed(long difference) => (difference << 1) ^ (difference >> 63);

    private static long Unsigned(long number) => (long)((ulong)number >> 1) ^ -(number & 1);

    /// <summary>Numbers of variable length, seven bits in each byte, the lowest first.</summary>
    private ref struct Numbers(Span<byte> bytes)
    {
        private readonly Span<byte> _bytes = bytes;

        public int Position { get; private set; }

        public void Write(long number)
        {
            var rest = (ulong)number;
            for (; rest > 0x7f; rest >>= 7) _bytes[Position++] = (byte)(rest | 0x80);
            _bytes[Position++] = (byte)rest;
        }

        public long Read()
        {
            ulong number = 0;
            for (var shift = 0; ; shift += 7)
            {
                var part = _bytes[Position++];
                number |= (ulong)(part & 0x7f) << shift;
                if (part <= 0x7f) return (long)number;
            }
        }
    }
}
