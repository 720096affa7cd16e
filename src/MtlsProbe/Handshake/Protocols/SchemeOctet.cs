namespace MtlsProbe.Handshake;

/// <summary>
/// Follows the frames of a client of HTTP/2 (RFC 9113 §3.4, §4.1) to the first block of fields, and changes its second field, <c>:scheme</c>, to
/// <c>https</c>: entry 7 of HPACK's static table instead of entry 6 (RFC 7541, Appendix A). Servers reset a request whose scheme does not match its
/// connection.
/// </summary>
internal sealed class SchemeOctet
{
    private const int Preface = 24;
    private const int FrameHeader = 9;
    private const byte Headers = 1;
    private const byte Padded = 0x08;
    private const byte Priority = 0x20;
    private const byte SchemeHttp = 0x86;
    private const byte SchemeHttps = 0x87;

    private readonly byte[] _header = new byte[FrameHeader];
    private int _skip = Preface;
    private int _had;
    private Step _step = Step.Frame;

    private enum Step
    {
        Frame,
        Method,
        MethodLength,
        Scheme,
        Done,
    }

    /// <param name="bytes">The next bytes that the client sends, in pieces of any size.</param>
    public void Change(Span<byte> bytes)
    {
        for (var i = 0; i < bytes.Length && _step != Step.Done; i++)
        {
            if (_skip > 0) _skip--;
            else bytes[i] = Next(bytes[i]);
        }
    }

    private byte Next(byte octet)
    {
        switch (_step)
        {
            case Step.Frame:
                _header[_had++] = octet;
                if (_had == FrameHeader) Begin();
                return octet;
            case Step.Method: // an entry of the table, or a literal with its length (RFC 7541 §6.1, §6.2)
                _step = octet >= 0x80 ? Step.Scheme : Step.MethodLength;
                return octet;
            case Step.MethodLength:
                (_skip, _step) = (octet & 0x7f, Step.Scheme);
                return octet;
            default:
                _step = Step.Done;
                return octet == SchemeHttp ? SchemeHttps : octet;
        }
    }

    private void Begin()
    {
        _had = 0;
        if (_header[3] == Headers) (_skip, _step) = (((_header[4] & Padded) != 0 ? 1 : 0) + ((_header[4] & Priority) != 0 ? 5 : 0), Step.Method);
        else _skip = (_header[0] << 16) | (_header[1] << 8) | _header[2];
    }
}
