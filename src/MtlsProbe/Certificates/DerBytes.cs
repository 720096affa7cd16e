namespace MtlsProbe.Certificates;

/// <summary>
/// The bytes of one DER sequence, collected as they arrive. Its header states the length. Memory grows with the received bytes, up to the announced
/// length. For one thread.
/// </summary>
/// <param name="most">Maximum bytes of the sequence.</param>
internal sealed class DerBytes(int most)
{
    /// <summary>The tag and the longest length field that is supported.</summary>
    private const int MostHeader = 6;

    private const int FirstRoom = 4 * 1024;

    /// <summary>
    /// The buffer is at most this many times the received size: a peer that announces much and sends little uses little memory. When a large part has
    /// arrived, the whole is allocated in one step, so earlier buffers are small.
    /// </summary>
    private const long Growth = 8;

    private const byte Sequence = 0x30;

    private byte[] _bytes = [];
    private int _length;
    private long? _whole;

    /// <summary>The announced length exceeds the limit.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>Whether it can no longer become a sequence, whatever follows.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The complete sequence; null if it is incomplete, or if more bytes follow it.</summary>
    public ReadOnlyMemory<byte>? Whole => !IsBroken && _length == _whole ? new ReadOnlyMemory<byte>(_bytes, 0, _length) : default(ReadOnlyMemory<byte>?);

    public void Add(ReadOnlySpan<byte> piece)
    {
        while (!IsBroken && _whole is null && !piece.IsEmpty)
        {
            Append(piece[..1]);
            piece = piece[1..];
            ReadHeader();
        }

        if (IsBroken || piece.IsEmpty) return;
        if (_length + piece.Length > _whole) Break();
        else Append(piece);
    }

    private void Append(ReadOnlySpan<byte> piece)
    {
        var needed = _length + piece.Length;
        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Room(needed));
        }

        piece.CopyTo(_bytes.AsSpan(_length));
        _length = needed;
    }

    private long Room(int needed)
    {
        if (_whole is not { } whole) return MostHeader;
        return whole <= FirstRoom || Growth * needed >= whole ? whole : Math.Max(FirstRoom, Math.Min(Growth * needed, whole / Growth));
    }

    private void ReadHeader()
    {
        if (_bytes[0] != Sequence)
        {
            Break();
            return;
        }

        if (_length < 2) return;
        var octets = _bytes[1] < 0x80 ? 0 : _bytes[1] & 0x7f;
        if (octets > MostHeader - 2 || _bytes[1] == 0x80)
        {
            IsTooLarge = octets > 0;
            Break();
            return;
        }

        if (_length < 2 + octets) return;
        long content = octets == 0 ? _bytes[1] : 0;
        foreach (var octet in _bytes.AsSpan(2, octets)) content = (content << 8) | octet;
        _whole = _length + content;
        IsTooLarge = _whole > most;
        if (IsTooLarge) Break();
    }

    private void Break()
    {
        IsBroken = true;
        _bytes = [];
        _length = 0;
    }
}
