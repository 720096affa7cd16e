using System.Buffers;
using System.Globalization;
using System.Text;

namespace MtlsProbe.Metrics;

/// <summary>A pooled buffer that grows, with what both exposition formats have in common: escaped text and numbers in UTF-8.</summary>
internal sealed class Utf8Buffer(int capacity) : IDisposable
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code).Except(['"', '\\']).ToArray());

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlySpan<byte> Slice(LabelSet labels) => _bytes.AsSpan(labels.Start, labels.Length);

    public void Clear() => Length = 0;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    public void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Free(text.Length));
        Length += text.Length;
    }

    /// <summary>Text that needs no escaping: names and keywords.</summary>
    public void Append(ReadOnlySpan<char> ascii) => Length += Encoding.UTF8.GetBytes(ascii, Free(ascii.Length * 3));

    /// <summary>One label, <c>name="value"</c>, with a comma before it unless it is the first of its set.</summary>
    public void AppendLabel(string name, ReadOnlySpan<char> value, bool first)
    {
        if (!first) Append(","u8);
        Append(name);
        Append("=\""u8);
        AppendEscaped(value, escapeQuotes: true);
        Append("\""u8);
    }

    /// <summary>
    /// Text with backslash, line feed and (where wanted) quotes escaped. Other control characters, which no reader can show and some
    /// cannot read, and halves of surrogate pairs become U+FFFD.
    /// </summary>
    public void AppendEscaped(ReadOnlySpan<char> text, bool escapeQuotes)
    {
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAnyExcept(Plain) is >= 0 and var end ? end : text.Length;
            Append(text[..plain]);
            text = text[plain..];
            if (text.IsEmpty) return;

            Rune.DecodeFromUtf16(text, out var rune, out var consumed);
            text = text[consumed..];
            if (rune.Value == '\\') Append(@"\\"u8);
            else if (rune.Value == '\n') Append(@"\n"u8);
            else if (rune.Value == '"') Append(escapeQuotes ? "\\\""u8 : "\""u8);
            else Length += (Rune.IsControl(rune) ? Rune.ReplacementChar : rune).EncodeToUtf8(Free(4));
        }
    }

    /// <summary>A sample's value: the shortest text that reads back as the same number.</summary>
    public void AppendNumber(double value)
    {
        if (double.IsNaN(value)) Append("NaN"u8);
        else if (double.IsInfinity(value)) Append(value > 0 ? "+Inf"u8 : "-Inf"u8);
        else
        {
            value.TryFormat(Free(32), out var written, provider: CultureInfo.InvariantCulture);
            Length += written;
        }
    }

    private Span<byte> Free(int size)
    {
        if (_bytes.Length - Length < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Length + size));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsSpan(Length);
    }
}

/// <summary>Where a set of escaped labels stands in a buffer.</summary>
internal readonly record struct LabelSet(int Start, int Length);
