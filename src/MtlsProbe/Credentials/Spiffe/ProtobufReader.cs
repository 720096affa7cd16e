using System.Text;

namespace MtlsProbe.Credentials;

/// <summary>
/// The fields of one message in Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding), one after another. Nothing is
/// copied or kept. Malformed input ends it: <see cref="IsMalformed"/>.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int MaxVarint = 10;
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Delimited = 2;
    private const int Fixed32 = 5;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Its content; empty for a number, which no message here has.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    public bool IsMalformed { get; private set; }

    /// <summary>The content as text; invalid UTF-8 becomes a replacement character, so it equals no expected value.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Moves to the next field with content; false at the end, or if the message is malformed.</summary>
    public bool Next()
    {
        while (!_rest.IsEmpty && !IsMalformed)
        {
            var tag = Number();
            if (tag >> 3 is 0 or > int.MaxValue) IsMalformed = true;
            if (IsMalformed) break;
            Field = (int)(tag >> 3);
            switch ((int)(tag & 7))
            {
                case Varint: Number(); break;
                case Fixed64: Take(8); break;
                case Fixed32: Take(4); break;
                case Delimited:
                    Bytes = Take(Number());
                    return !IsMalformed;
                default: IsMalformed = true; break; // groups, which proto3 does not have
            }
        }

        Bytes = default;
        return false;
    }

    private ulong Number()
    {
        ulong value = 0;
        for (var index = 0; index < MaxVarint && index < _rest.Length; index++)
        {
            value |= (ulong)(_rest[index] & 0x7f) << (7 * index);
            if (_rest[index] >= 0x80) continue;
            _rest = _rest[(index + 1)..];
            return value;
        }

        IsMalformed = true;
        return 0;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length) IsMalformed = true;
        if (IsMalformed) return default;
        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }
}
