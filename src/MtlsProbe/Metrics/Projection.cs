using MtlsProbe.Model;

namespace MtlsProbe.Metrics;

/// <summary>How the samples of one family are derived from the snapshot.</summary>
/// <param name="Write">
/// Writes the samples of items, beginning with this one, until the writer is full. Returns the next item, or <see cref="Done"/>.
/// </param>
internal sealed record Projection(MetricFamily Family, Func<Series, int, SampleWriter, int> Write)
{
    /// <summary>There is nothing more to write.</summary>
    public const int Done = -1;

    /// <summary>Writes the samples of one item.</summary>
    public delegate void ItemWriter<in T>(T item, ReadOnlySpan<byte> labels, SampleWriter writer);

    /// <summary>The same, for samples that depend on the time of the snapshot.</summary>
    public delegate void TimedItemWriter<in T>(T item, DateTimeOffset now, ReadOnlySpan<byte> labels, SampleWriter writer);

    /// <summary>A family with samples for each item of a kind.</summary>
    public static Projection Of<T>(MetricFamily family, Func<Series, Labelled<T>> items, ItemWriter<T> write) =>
        Of(family, items, (T item, DateTimeOffset _, ReadOnlySpan<byte> labels, SampleWriter writer) => write(item, labels, writer));

    /// <summary>The same, for samples that depend on the time of the snapshot.</summary>
    public static Projection Of<T>(MetricFamily family, Func<Series, Labelled<T>> items, TimedItemWriter<T> write) => new(family, (series, next, writer) =>
    {
        var (all, now) = (items(series), series.Snapshot.At);
        for (; next < all.Count; next++)
        {
            if (writer.IsFull) return next;
            write(all[next], now, all.Labels(next), writer);
        }

        return Done;
    });

    /// <summary>A family with few samples, which are written in one step.</summary>
    public static Projection Of(MetricFamily family, Action<FleetSnapshot, SampleWriter> write) => new(family, (series, _, writer) =>
    {
        write(series.Snapshot, writer);
        return Done;
    });
}
