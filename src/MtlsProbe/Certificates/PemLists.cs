using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace MtlsProbe.Certificates;

/// <summary>
/// The revocation lists of a PEM text (RFC 7468), decoded as the text arrives: only one piece of the text is in memory. Text around the blocks and
/// blocks with other labels are skipped. For one thread.
/// </summary>
/// <param name="found">
/// Called with each block that has the label of a list, in order, and with its first line; the bytes are null if the block is incomplete.
/// </param>
internal sealed class PemLists(Action<DerBytes?, int> found)
{
    /// <summary>The longest label in use is half as long.</summary>
    private const int MaxLabel = 64;

    private const int Room = 16 * 1024;
    private const int Quantum = 4;

    private static readonly SearchValues<byte> s_base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);
    private static readonly SearchValues<byte> s_space = SearchValues.Create(" \t\r\n\v\f"u8);

    private readonly byte[] _text = new byte[Room];
    private readonly byte[] _bytes = new byte[Room];
    private readonly List<byte> _mark = [];
    private byte[] _awaited = [];
    private State _state;
    private int _line = 1;
    private int _begun;
    private int _matched; // octets of a BEGIN that have matched
    private int _length;
    private DerBytes? _der;

    private enum State
    {
        /// <summary>Between blocks, searching for a BEGIN.</summary>
        Outside,

        /// <summary>In the label of a BEGIN.</summary>
        Label,

        /// <summary>In the base64 of a list.</summary>
        Inside,

        /// <summary>In the END of a list.</summary>
        Closing,
    }

    private static ReadOnlySpan<byte> Begin => "-----BEGIN "u8;

    private static ReadOnlySpan<byte> Dashes => "-----"u8;

    public void Take(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            var taken = _state switch
            {
                State.Outside => Seek(piece),
                State.Inside => Decode(piece),
                _ => Mark(piece[0]),
            };
            _line += piece[..taken].Count((byte)'\n');
            piece = piece[taken..];
        }
    }

    public void End()
    {
        if (_state == State.Label && IsList(Words())) found(null, _begun);
        else if (_state is State.Inside or State.Closing) Leave(isWhole: false);
    }

    /// <summary>Searches for a BEGIN, which can be split between two pieces.</summary>
    private int Seek(ReadOnlySpan<byte> piece)
    {
        var at = 0;
        while (at < piece.Length)
        {
            if (_matched == 0)
            {
                var dash = piece[at..].IndexOf(Begin[0]);
                if (dash < 0) return piece.Length;
                at += dash;
            }

            var next = piece[at++];
            if (next == Begin[_matched]) _matched++;
            else if (next != '-') _matched = 0;
            else if (_matched != Dashes.Length) _matched = 1; // only the last five of six dashes count
            if (_matched < Begin.Length) continue;
            (_state, _matched, _begun) = (State.Label, 0, _line + piece[..at].Count((byte)'\n'));
            break;
        }

        return at;
    }

    private int Mark(byte next)
    {
        if (_state == State.Label) return Label(next);
        if (_awaited[_mark.Count] != next)
        {
            // The supposed end may be the beginning of the next block.
            byte[] again = [.. _mark];
            Leave(isWhole: false);
            Take(again);
            return 0;
        }

        _mark.Add(next);
        if (_mark.Count == _awaited.Length) Leave(isWhole: true);
        return 1;
    }

    private int Label(byte next)
    {
        _mark.Add(next);
        var isRead = _mark.Count >= Dashes.Length && _mark.FindLastIndex(octet => octet != '-') == _mark.Count - Dashes.Length - 1;
        if (!isRead && next is >= (byte)' ' and <= (byte)'~' && _mark.Count <= MaxLabel + Dashes.Length) return 1;
        var label = Words();
        var isWhole = isRead && label.Length == _mark.Count - Dashes.Length;
        _mark.Clear();
        _state = State.Outside;
        if (!IsList(label)) return isRead ? 1 : 0;
        if (!isWhole)
        {
            found(null, _begun); // the line is damaged
            return 0;
        }

        (_state, _der, _length, _awaited) = (State.Inside, new DerBytes(RevocationList.MaxSize), 0, Encoding.ASCII.GetBytes($"-----END {label}-----"));
        return 1;
    }

    /// <summary>The words at the beginning of the label, even if the rest of the line is damaged.</summary>
    private string Words() => Encoding.ASCII.GetString([.. _mark.TakeWhile(octet => octet is (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9') or (byte)' ')]);

    private static bool IsList(string label) => label.Trim() is "X509 CRL" or "CRL";

    private int Decode(ReadOnlySpan<byte> piece)
    {
        var spaces = piece.IndexOfAnyExcept(s_space);
        if (spaces != 0) return spaces < 0 ? piece.Length : spaces;
        if (piece[0] == '-')
        {
            _state = State.Closing;
            return 0;
        }

        var run = piece.IndexOfAnyExcept(s_base64);
        if (run == 0)
        {
            Leave(isWhole: false);
            return 0;
        }

        var text = piece[..Math.Min(run < 0 ? piece.Length : run, Room - _length)];
        text.CopyTo(_text.AsSpan(_length));
        _length += text.Length;
        if (_length == Room && !Flush(isLast: false)) Leave(isWhole: false);
        return text.Length;
    }

    /// <summary>Decodes the received text. The last quantum waits, because only the final one can be padded.</summary>
    private bool Flush(bool isLast)
    {
        var count = isLast ? _length : (_length / Quantum * Quantum) - Quantum;
        if (count == 0) return true;
        if (Base64.DecodeFromUtf8(_text.AsSpan(0, count), _bytes, out _, out var written, isLast) != OperationStatus.Done) return false;
        _der!.Add(_bytes.AsSpan(0, written));
        _text.AsSpan(count, _length - count).CopyTo(_text);
        _length -= count;
        return true;
    }

    private void Leave(bool isWhole)
    {
        var der = isWhole && Flush(isLast: true) ? _der : null;
        (_state, _der, _length) = (State.Outside, null, 0);
        _mark.Clear();
        found(der, _begun);
    }
}
