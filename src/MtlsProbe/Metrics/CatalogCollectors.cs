using Prometheus;

namespace MtlsProbe.Metrics;

/// <summary>prometheus-net's collectors, made from the catalog.</summary>
internal static class CatalogCollectors
{
    /// <param name="absentUntilSet">Whether to omit the metric until it is first counted, instead of exposing 0.</param>
    public static Counter Counter(this IMetricFactory factory, MetricFamily family, bool absentUntilSet = false) =>
        factory.CreateCounter(family.Name, family.Help, [.. family.Labels], new CounterConfiguration { SuppressInitialValue = absentUntilSet });

    /// <param name="absentUntilSet">Whether to omit the metric until it is first set, instead of exposing 0.</param>
    public static Gauge Gauge(this IMetricFactory factory, MetricFamily family, bool absentUntilSet = false) =>
        factory.CreateGauge(family.Name, family.Help, [.. family.Labels], new GaugeConfiguration { SuppressInitialValue = absentUntilSet });

    /// <param name="bounds">Upper bounds (inclusive) in ascending order, without +Inf.</param>
    public static Histogram Histogram(this IMetricFactory factory, MetricFamily family, params double[] bounds) =>
        factory.CreateHistogram(family.Name, family.Help, [.. family.Labels], new HistogramConfiguration { Buckets = bounds });
}
