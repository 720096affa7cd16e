using System.Buffers;
using System.Globalization;
using System.Text;

namespace MtlsProbe.Metrics;

/// <summary>A pooled buffer that grows, with the common parts of both exposition formats: escaped text and numbers in UTF-8.</summary>
internal sealed class Utf8Buffer(int capacity) : IDisposable
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code).Except(['"', '\\']).ToArray());

    private const int TicksOfOne = 10_000_000;

    /// <summary>Up to fifteen digits, every number is exact; the same is true of seven decimal places in <see cref="MostFraction"/>.</summary>
    private const double MostWhole = 1e15;

    private const double MostFraction = 1e8;

    /// <summary>Smaller numbers are written with an exponent.</summary>
    private const double LeastFraction = 1e-4;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

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
    /// Text with backslash, line feed and (if requested) quotes escaped. Other control characters, which no reader can show and some cannot read, and
    /// halves of surrogate pairs become U+FFFD.
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
        // Integers, and multiples of 100 ns, are written as integers: no other text of 15 digits reads as the same number. That covers nearly all
        // values, in a tenth of the time.
        if (Math.Abs(value) < MostWhole && !(value == 0 && double.IsNegative(value)))
        {
            if ((long)value is var whole && whole == value)
            {
                AppendInteger(whole);
                return;
            }

            if (value is >= LeastFraction and < MostFraction && (long)Math.Round(value * TicksOfOne) is var ticks && ticks / (double)TicksOfOne == value)
            {
                AppendFraction(ticks, TicksOfOne);
                return;
            }
        }

        AppendShortest(value);
    }

    /// <summary>Milliseconds as seconds, in the same way.</summary>
    public void AppendSeconds(long milliseconds)
    {
        if (milliseconds > 0) AppendFraction(milliseconds, 1000);
        else AppendNumber(milliseconds / 1000.0);
    }

    private void AppendShortest(double value)
    {
        if (double.IsNaN(value)) Append("NaN"u8);
        else if (double.IsInfinity(value)) Append(value > 0 ? "+Inf"u8 : "-Inf"u8);
        else
        {
            value.TryFormat(Free(32), out var written, provider: CultureInfo.InvariantCulture);
            Length += written;
        }
    }

    private void AppendInteger(long value)
    {
        value.TryFormat(Free(20), out var written, provider: CultureInfo.InvariantCulture);
        Length += written;
    }

    /// <summary>A positive number of parts, <paramref name="ofOne"/> of which make one, without trailing zeros.</summary>
    private void AppendFraction(long parts, int ofOne)
    {
        var (whole, rest) = Math.DivRem(parts, ofOne);
        AppendInteger(whole);
        if (rest == 0) return;
        Append("."u8);
        for (var place = ofOne / 10; rest > 0; place /= 10)
        {
            Free(1)[0] = (byte)('0' + (rest / place));
            Length++;
            rest %= place;
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

/// <summary>The position of a set of escaped labels in a buffer.</summary>
internal readonly record struct LabelSet(int Start, int Length);
