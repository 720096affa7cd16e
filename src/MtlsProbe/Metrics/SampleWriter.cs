using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Metrics;

/// <summary>
/// Writes families and their samples in one of the formats. A family's head is written with its first sample, so a family without samples leaves no
/// trace. <code>writer.Begin(family); writer.Sample(labels).With("phase", "dns").Value(0.001);</code>
/// </summary>
internal sealed class SampleWriter(ExpositionFormat format) : IDisposable
{
    /// <summary>Maximum length of a label value in UTF-16 units. Longer values from a peer are truncated with an ellipsis.</summary>
    public const int LongestValue = 300;

    private const int ChunkSize = 32 * 1024;

    private readonly Utf8Buffer _chunk = new(2 * ChunkSize);
    private MetricFamily? _family;
    private byte[] _name = [];
    private byte[]? _givesWay; // the beginning of a user's label that the family also has
    private bool _headWritten;
    private bool _bracesOpen;

    /// <summary>What has been written since <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => _chunk.WrittenMemory;

    /// <summary>Whether the output should be sent now.</summary>
    public bool IsFull => _chunk.Length >= ChunkSize;

    public void Dispose() => _chunk.Dispose();

    /// <summary>Begins a family; the samples that follow belong to it.</summary>
    public void Begin(MetricFamily family)
    {
        _family = family;
        _name = Encoding.UTF8.GetBytes(family.Name);
        _givesWay = family.Labels.Contains("target") && family.Labels.FirstOrDefault(Catalog.LaterLabelNames.Contains) is { } own ? Encoding.UTF8.GetBytes($",{own}=\"") : null;
        _headWritten = false;
    }

    /// <summary>Begins a sample of the current family with labels that are already escaped; <see cref="Value"/> ends it.</summary>
    public SampleWriter Sample(ReadOnlySpan<byte> labels = default)
    {
        var family = _family ?? throw new InvalidOperationException("A sample needs a family.");
        if (!_headWritten) Head(family);
        _chunk.Append(_name.AsSpan());
        _bracesOpen = !labels.IsEmpty;
        if (_bracesOpen) _chunk.Append("{"u8);
        if (_givesWay is { } begin && labels.IndexOf(begin) is >= 0 and var start)
        {
            _chunk.Append(labels[..start]);
            _chunk.Append(AfterValue(labels[(start + begin.Length)..]));
        }
        else _chunk.Append(labels);

        return this;
    }

    /// <summary>Adds a label to the current sample.</summary>
    public SampleWriter With(string name, string value)
    {
        var bounded = Bounded(value);
        if (!_bracesOpen) _chunk.Append("{"u8);
        _chunk.AppendLabel(name, bounded, first: !_bracesOpen);
        _bracesOpen = true;
        return this;
    }

    /// <summary>Adds a label that is the same in many samples.</summary>
    public SampleWriter With(FixedLabel label)
    {
        _chunk.Append(_bracesOpen ? ","u8 : "{"u8);
        _chunk.Append(label.Text);
        _bracesOpen = true;
        return this;
    }

    /// <summary>The value of a label as written.</summary>
    public static string Bounded(string value) => value.Length <= LongestValue ? value : string.Concat(value.AsSpan(0, LongestValue - 1), "…");

    public void Value(bool value) => Value(value ? 1 : 0);

    /// <summary>A point in time as seconds since 1970.</summary>
    public void Value(DateTimeOffset time)
    {
        _chunk.Append(_bracesOpen ? "} "u8 : " "u8);
        _chunk.AppendSeconds(time.ToUnixTimeMilliseconds());
        EndSample();
    }

    public void Value(double value)
    {
        _chunk.Append(_bracesOpen ? "} "u8 : " "u8);
        _chunk.AppendNumber(value);
        EndSample();
    }

    /// <summary>Ends the exposition.</summary>
    public void End()
    {
        if (format == ExpositionFormat.OpenMetrics) _chunk.Append("# EOF\n"u8);
    }

    /// <summary>Starts again after the output has been sent.</summary>
    public void Clear() => _chunk.Clear();

    /// <summary>What follows an escaped value and its quotation mark.</summary>
    private static ReadOnlySpan<byte> AfterValue(ReadOnlySpan<byte> value)
    {
        var end = 0;
        while (value[end] != '"') end += value[end] == '\\' ? 2 : 1;
        return value[(end + 1)..];
    }

    private void EndSample()
    {
        _chunk.Append("\n"u8);
        _bracesOpen = false;
    }

    private void Head(MetricFamily family)
    {
        _headWritten = true;
        var open = format == ExpositionFormat.OpenMetrics;
        var name = open ? family.BaseName : family.Name;
        Comment("# HELP "u8, name);
        _chunk.AppendEscaped(family.Help, escapeQuotes: open);
        _chunk.Append("\n"u8);
        Comment("# TYPE "u8, name);
        _chunk.Append(family.Type.Label());
        _chunk.Append("\n"u8);
        if (!open || family.Unit is not { } unit) return;
        Comment("# UNIT "u8, name);
        _chunk.Append(unit);
        _chunk.Append("\n"u8);
    }

    private void Comment(ReadOnlySpan<byte> keyword, string name)
    {
        _chunk.Append(keyword);
        _chunk.Append(name);
        _chunk.Append(" "u8);
    }
}

/// <summary>A label with a constant value, written once: <c>outcome="accepted"</c>.</summary>
internal sealed class FixedLabel(string name, string value)
{
    private readonly byte[] _text = Escaped(name, value);

    public ReadOnlySpan<byte> Text => _text;

    private static byte[] Escaped(string name, string value)
    {
        using var text = new Utf8Buffer(64);
        text.AppendLabel(name, value, first: true);
        return text.Written.ToArray();
    }
}
