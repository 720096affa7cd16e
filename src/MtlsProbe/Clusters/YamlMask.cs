using System.Buffers;

namespace MtlsProbe.Clusters;

/// <summary>Whether the value of a key is kept.</summary>
internal delegate bool IsKeyRead(ReadOnlySpan<byte> key);

/// <summary>
/// Overwrites the scalars of a YAML or JSON text in place (YAML 1.2.2 chapters 7 and 8), except keys, structure and the values of some keys. It is
/// not a parser: in invalid YAML it overwrites too much rather than too little. It visits each byte a limited number of times.
/// </summary>
/// <param name="text">UTF-8.</param>
internal ref struct YamlMask(Span<byte> text, IsKeyRead isRead)
{
    private static readonly SearchValues<byte> s_wordEnds = SearchValues.Create(" \t\r\n,{}[]"u8);

    private readonly Span<byte> _text = text;
    private int _at;
    private int _depth; // of flow collections: { } and [ ]
    private int _column; // of the last key or dash: its content is indented further
    private (int At, int Column) _known; // the column of a byte, cached
    private bool _isValue; // a key came before, on this line or in this flow collection
    private bool _stays; // and the value of that key is kept

    public void Run()
    {
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c == '\n' && _depth == 0) (_isValue, _stays) = (false, _stays && Belongs(_at + 1));
            if (c is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') _at++;
            else if (c == '#' && IsAfterSpace()) Mask(EndOfLine(_at));
            else if (c is (byte)'{' or (byte)'[') Open();
            else if (_depth > 0 && c is (byte)'}' or (byte)']' or (byte)',') Close(c);
            else if (c is (byte)'"' or (byte)'\'') Quoted(c);
            else if (_depth == 0 && c == '-' && IsSpace(_at + 1)) Dash();
            else if (_depth == 0 && IsMarker()) _at += 3;
            else if (c is (byte)'&' or (byte)'!' or (byte)'*') _at = EndOfWord(_at);
            else if (_depth == 0 && c is (byte)'|' or (byte)'>' && IsHeader()) Block();
            else Plain();
        }
    }

    private void Open()
    {
        _depth++;
        _at++;
        (_isValue, _stays) = (false, false);
    }

    private void Close(byte c)
    {
        if (c != ',') _depth--;
        _at++;

        // After a collection on its own line, only a comment can follow.
        (_isValue, _stays) = (_depth == 0, false);
    }

    private void Dash()
    {
        _column = Column(_at);
        _at++;
    }

    /// <summary>A quoted key or value; it can have several lines.</summary>
    private void Quoted(byte quote)
    {
        var end = _at + 1;
        while (end < _text.Length && _text[end] != quote) end += quote == '"' && _text[end] == '\\' ? 2 : 1;
        end = Math.Min(end + 1, _text.Length);
        var colon = end;
        while (colon < _text.Length && _text[colon] is (byte)' ' or (byte)'\t') colon++;
        var isKey = !_isValue && colon < _text.Length && _text[colon] == ':';
        if (isKey) Key(_at + 1, end - 1, colon);
        else if (_stays) Keep(end);
        else MaskInside(end);
    }

    /// <summary>An unquoted key or value. In a flow collection it ends with a bracket or comma, elsewhere with the last line that belongs to it.</summary>
    private void Plain()
    {
        var end = _at;
        while (end < _text.Length && !IsEnd(_text[end]))
        {
            if (!_isValue && _text[end] == ':' && (IsSpace(end + 1) || (_depth > 0 && IsFlow(_text[end + 1]))))
            {
                Key(_at, end, end);
                return;
            }

            if (_text[end] == '#' && end > _at && IsSpace(end - 1)) break;
            end++;
        }

        if (_stays) KeepLines(end);
        else MaskLines(end);
    }

    private readonly bool IsEnd(byte c) => _depth == 0 ? c is (byte)'\r' or (byte)'\n' : c is (byte)',' or (byte)'{' or (byte)'}' or (byte)'[' or (byte)']';

    private static bool IsFlow(byte c) => c is (byte)',' or (byte)'{' or (byte)'}' or (byte)'[' or (byte)']' or (byte)'"' or (byte)'\'';

    private void Key(int start, int end, int colon)
    {
        if (_depth == 0) _column = Column(_at);
        (_isValue, _stays) = (true, isRead(_text[start..Math.Max(start, end)]));
        _at = colon + 1;
    }

    /// <summary>A block scalar: the following lines that are indented further.</summary>
    private void Block()
    {
        var (stays, isHeader) = (_stays, true);
        while (_at < _text.Length && (isHeader || Belongs(_at)))
        {
            var end = EndOfLine(_at);
            if (stays || isHeader) _at = end;
            else Mask(end);
            _at = Math.Min(_at + 1, _text.Length);
            isHeader = false;
        }

        (_isValue, _stays) = (false, false);
    }

    /// <summary>A value that is kept, including the lines that continue it.</summary>
    private void KeepLines(int end)
    {
        _at = end;
        while (NextLine() is { } line && _text[line..EndOfLine(line)].IndexOfAny((byte)':', (byte)'#') < 0) _at = EndOfLine(line);
        _stays = false;
    }

    private void MaskLines(int end)
    {
        Mask(end);
        while (NextLine() is { } line)
        {
            _at = line;
            while (_at < _text.Length && _text[_at] == ' ') _at++;
            if (_at < _text.Length) Mask(EndOfLine(_at));
        }
    }

    /// <summary>Start of the next line, if it continues a value that has reached the end of its line.</summary>
    private readonly int? NextLine()
    {
        if (_depth > 0 || _at == _text.Length || _text[_at] is not ((byte)'\r' or (byte)'\n')) return null;
        var line = EndOfLine(_at) + 1;
        return line < _text.Length && Belongs(line) ? line : null;
    }

    private void Keep(int end)
    {
        _at = end;
        _stays = false;
    }

    /// <summary>Overwrites everything except white space up to that position.</summary>
    private void Mask(int end)
    {
        // The character that begins a comment is kept.
        if (_text[_at] == '#') _at++;
        MaskTo(end);
    }

    private void MaskInside(int end)
    {
        _at++;
        var isClosed = end - 1 >= _at && _text[end - 1] is (byte)'"' or (byte)'\'';
        MaskTo(isClosed ? end - 1 : end);
        _at = end;
    }

    private void MaskTo(int end)
    {
        for (; _at < end; _at++)
        {
            if (_text[_at] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')) _text[_at] = (byte)'x';
        }
    }

    /// <summary>Whether the line is empty or indented further than the last key or dash.</summary>
    private readonly bool Belongs(int line)
    {
        var at = line;
        while (at < _text.Length && _text[at] == ' ') at++;
        return at == _text.Length || _text[at] is (byte)'\r' or (byte)'\n' || at - line > _column;
    }

    private bool IsMarker() => (_text[_at..].StartsWith("---"u8) || _text[_at..].StartsWith("..."u8)) && IsSpace(_at + 3) && Column(_at) == 0;

    /// <summary>Whether only indicators of a block scalar follow on its line.</summary>
    private readonly bool IsHeader()
    {
        var end = _at + 1;
        while (end < _text.Length && _text[end] is (byte)'+' or (byte)'-' or (>= (byte)'0' and <= (byte)'9')) end++;
        return _text[end..EndOfLine(end)].Trim(" \t\r"u8).IsEmpty;
    }

    private readonly bool IsSpace(int at) => at >= _text.Length || _text[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private readonly bool IsAfterSpace() => _at == 0 || IsSpace(_at - 1);

    /// <summary>Called for one byte after another, so that a long line is not searched repeatedly.</summary>
    private int Column(int at)
    {
        var line = _text[_known.At..at].LastIndexOf((byte)'\n');
        var column = line < 0 ? _known.Column + at - _known.At : at - (_known.At + line + 1);
        _known = (at, column);
        return column;
    }

    private readonly int EndOfLine(int from)
    {
        var length = _text[from..].IndexOf((byte)'\n');
        return length < 0 ? _text.Length : from + length;
    }

    private readonly int EndOfWord(int from)
    {
        var length = _text[from..].IndexOfAny(s_wordEnds);
        return length < 0 ? _text.Length : from + length;
    }
}
