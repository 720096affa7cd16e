using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace MtlsProbe.Fuzz;

/// <summary>Changes inputs at random: bits, bytes, lengths, words of the format, parts of other inputs; DER also as a tree.</summary>
/// <param name="corpus">Grows while it is used.</param>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> corpus, FuzzEntry entry)
{
    private static readonly byte[] s_oddBytes = [0, 1, 9, 10, 13, 32, 0x1b, 0x22, 0x27, 0x30, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x85, 0xc0, 0xe2, 0xfe, 0xff];

    private static readonly string[] s_oddFigures =
        ["0", "00", "1", "-1", "9", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "999999999999999999", "99999999999999999999999999"];

    private readonly byte[][] _tokens = [.. entry.Tokens.Select(Encoding.UTF8.GetBytes)];

    public byte[] Next()
    {
        var input = Pick();
        for (var changes = 1 << random.Next(4); changes > 0; changes--)
        {
            input = entry.Shape == Shape.Der && random.Next(3) > 0 ? new DerMutator(random, Pick, Bytes).Change(input) : Bytes(input);
            if (input.Length > entry.MostBytes) input = input[..entry.MostBytes];
        }

        return input;
    }

    private byte[] Pick() => corpus.Count == 0 ? [] : corpus[random.Next(corpus.Count)];

    private byte[] Bytes(byte[] input)
    {
        var at = random.Next(input.Length + 1);
        var count = Math.Min(input.Length - at, 1 + random.Next(1 << random.Next(1, 9)));
        return random.Next(14) switch
        {
            0 or 1 => With(input, at, bytes => bytes[0] ^= (byte)(1 << random.Next(8))),
            2 => With(input, at, bytes => bytes[0] = s_oddBytes[random.Next(s_oddBytes.Length)]),
            3 => With(input, at, bytes => bytes[0] = (byte)random.Next(256)),
            4 => Splice(input, at, count, []),
            5 => Splice(input, at, 0, Noise()),
            6 => Splice(input, at, 0, input.AsSpan(at, count).ToArray()),
            7 => Repeat(input, at, count),
            8 => Splice(input, at, count, Part(Pick())),
            9 => Splice(input, at, input.Length - at, Tail(Pick())),
            10 => input[..at],
            11 => Figure(input, at),
            12 => Length(input, at),
            _ => _tokens.Length == 0 ? With(input, at, bytes => bytes[0]++) : Splice(input, at, random.Next(2) * count, _tokens[random.Next(_tokens.Length)]),
        };
    }

    private static byte[] With(byte[] input, int at, SpanChange change)
    {
        if (at >= input.Length) return input;
        byte[] changed = [.. input];
        change(changed.AsSpan(at));
        return changed;
    }

    private static byte[] Splice(byte[] input, int at, int count, byte[] part) => [.. input.AsSpan(0, at), .. part, .. input.AsSpan(at + count)];

    private byte[] Noise()
    {
        var noise = new byte[1 + random.Next(16)];
        random.NextBytes(noise);
        return noise;
    }

    /// <summary>A small cost can be a large one a thousand times.</summary>
    private byte[] Repeat(byte[] input, int at, int count)
    {
        if (count == 0) return input;
        var times = Math.Min(1 << random.Next(1, 13), (entry.MostBytes - Math.Min(input.Length, entry.MostBytes)) / count);
        var repeated = new byte[count * times];
        for (var i = 0; i < times; i++) input.AsSpan(at, count).CopyTo(repeated.AsSpan(i * count));
        return Splice(input, at, 0, repeated);
    }

    private byte[] Part(byte[] other)
    {
        var start = random.Next(other.Length + 1);
        return other.AsSpan(start, Math.Min(other.Length - start, random.Next(1 << random.Next(1, 10)))).ToArray();
    }

    private byte[] Tail(byte[] other) => other[random.Next(other.Length + 1)..];

    /// <summary>Replaces the next decimal number by another.</summary>
    private byte[] Figure(byte[] input, int at)
    {
        var start = input.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0) return input;
        start += at;
        var length = input.AsSpan(start).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (length < 0) length = input.Length - start;
        var figure = random.Next(3) == 0 ? random.NextInt64().ToString(CultureInfo.InvariantCulture) : s_oddFigures[random.Next(s_oddFigures.Length)];
        return Splice(input, start, length, Encoding.ASCII.GetBytes(figure));
    }

    /// <summary>Replaces a possible length by another.</summary>
    private byte[] Length(byte[] input, int at)
    {
        byte[] changed = [.. input];
        var rest = changed.AsSpan(at);
        uint value = random.Next(6) switch { 0 => 0u, 1 => uint.MaxValue, 2 => int.MaxValue, 3 => (uint)rest.Length, 4 => (uint)(rest.Length + 1), _ => (uint)random.Next() };
        var isBig = random.Next(2) == 0;
        switch (random.Next(3))
        {
            case 0 when rest.Length >= 4:
                if (isBig) BinaryPrimitives.WriteUInt32BigEndian(rest, value);
                else BinaryPrimitives.WriteUInt32LittleEndian(rest, value);
                break;
            case 1 when rest.Length >= 2:
                if (isBig) BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)value);
                else BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)value);
                break;
            case 2 when rest.Length >= 1:
                rest[0] = (byte)(rest[0] + random.Next(-2, 3));
                break;
        }

        return changed;
    }

    private delegate void SpanChange(Span<byte> bytes);
}
