namespace MtlsProbe.Metrics;

/// <summary>How the samples of one family follow from what is known.</summary>
internal sealed record Projection(MetricFamily Family, Action<Series, SampleWriter> Write)
{
    /// <summary>Writes the samples of one item.</summary>
    public delegate void ItemWriter<in T>(T item, ReadOnlySpan<byte> labels, SampleWriter writer);

    /// <summary>A family with samples for each item of a kind.</summary>
    public static Projection Of<T>(MetricFamily family, Func<Series, IReadOnlyList<Labelled<T>>> items, ItemWriter<T> write) =>
        new(family, (series, writer) =>
        {
            foreach (var item in items(series)) write(item.Item, series.LabelsOf(item), writer);
        });
}
