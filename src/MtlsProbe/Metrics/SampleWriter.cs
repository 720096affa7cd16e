using System.Buffers;
using MtlsProbe.Model;

namespace MtlsProbe.Metrics;

/// <summary>
/// Writes families and their samples in one of the formats. A family's head is written with its first sample, so that a family without
/// samples leaves no trace.
/// <code>writer.Begin(family); writer.Sample(labels).With("phase", "dns").Value(0.001);</code>
/// </summary>
internal sealed class SampleWriter(IBufferWriter<byte> output, ExpositionFormat format) : IDisposable
{
    /// <summary>Longest value of a label in UTF-16 units. What a peer sends can be longer, and ends in an ellipsis then.</summary>
    public const int LongestValue = 300;

    private const int ChunkSize = 32 * 1024;

    private readonly Utf8Buffer _chunk = new(ChunkSize + (ChunkSize / 2));
    private MetricFamily? _family;
    private bool _headWritten;
    private bool _bracesOpen;

    public void Dispose() => _chunk.Dispose();

    /// <summary>The samples that follow are of this family.</summary>
    public void Begin(MetricFamily family)
    {
        _family = family;
        _headWritten = false;
    }

    /// <summary>Begins a sample of the current family with labels that are escaped already; <see cref="Value"/> ends it.</summary>
    public SampleWriter Sample(ReadOnlySpan<byte> labels = default)
    {
        var family = _family ?? throw new InvalidOperationException("A sample needs a family.");
        if (!_headWritten) Head(family);
        _chunk.Append(family.Name);
        _bracesOpen = !labels.IsEmpty;
        if (_bracesOpen) _chunk.Append("{"u8);
        _chunk.Append(labels);
        return this;
    }

    /// <summary>Adds a label to the sample begun.</summary>
    public SampleWriter With(string name, string value)
    {
        var bounded = value.Length <= LongestValue ? value : string.Concat(value.AsSpan(0, LongestValue - 1), "…");
        if (!_bracesOpen) _chunk.Append("{"u8);
        _chunk.AppendLabel(name, bounded, first: !_bracesOpen);
        _bracesOpen = true;
        return this;
    }

    public void Value(bool value) => Value(value ? 1 : 0);

    /// <summary>A point in time as seconds since 1970.</summary>
    public void Value(DateTimeOffset time) => Value(time.ToUnixTimeMilliseconds() / 1000.0);

    public void Value(double value)
    {
        _chunk.Append(_bracesOpen ? "} "u8 : " "u8);
        _chunk.AppendNumber(value);
        _chunk.Append("\n"u8);
        _bracesOpen = false;
        if (_chunk.Length >= ChunkSize) Flush();
    }

    /// <summary>Ends the exposition.</summary>
    public void End()
    {
        if (format == ExpositionFormat.OpenMetrics) _chunk.Append("# EOF\n"u8);
        Flush();
    }

    /// <summary>Hands what is written so far to the output.</summary>
    public void Flush()
    {
        output.Write(_chunk.Written);
        _chunk.Clear();
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
