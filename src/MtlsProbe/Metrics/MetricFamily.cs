using MtlsProbe.Values;

namespace MtlsProbe.Metrics;

/// <summary>The kinds of metrics that we expose.</summary>
internal enum MetricType
{
    Gauge,
    Counter,
    Histogram,
}

/// <summary>The declaration of a metric family: what all its series have in common.</summary>
/// <param name="Name">As in PromQL: a counter's with <c>_total</c>, a histogram's without <c>_bucket</c>.</param>
/// <param name="Help">One sentence without a full stop, like the help texts of Prometheus itself.</param>
/// <param name="Labels">Names of the labels of each series, except for the user's own labels of a target and a histogram's <c>le</c>.</param>
internal sealed record MetricFamily(string Name, MetricType Type, string Help, ValueList<string> Labels)
{
    private const string Total = "_total";

    private static readonly string[] Units = ["seconds", "bytes"];

    /// <summary>The name without the <c>_total</c> of a counter; the family's name in OpenMetrics.</summary>
    public string BaseName => Type == MetricType.Counter && Name.EndsWith(Total, StringComparison.Ordinal) ? Name[..^Total.Length] : Name;

    /// <summary>The unit in OpenMetrics: the last word of the base name if that is a base unit; otherwise null.</summary>
    public string? Unit => Units.FirstOrDefault(unit => BaseName.EndsWith("_" + unit, StringComparison.Ordinal));
}
