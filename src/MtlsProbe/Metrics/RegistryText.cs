using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;
using Prometheus;

namespace MtlsProbe.Metrics;

/// <summary>
/// The process's own metrics as prometheus-net writes them, with two changes to match the rest: bucket bounds are equal in both formats, and
/// OpenMetrics gets the units.
/// </summary>
internal static partial class RegistryText
{
    private static readonly FrozenDictionary<string, string> s_units =
        Catalog.All.Where(family => family.Unit is not null).ToFrozenDictionary(family => family.BaseName, family => family.Unit!);

    /// <summary>Writes all families and, in OpenMetrics, the end of the exposition. They are few, so the text is kept in memory.</summary>
    public static async Task WriteAsync(CollectorRegistry registry, ExpositionFormat format, IBufferWriter<byte> output, CancellationToken ct)
    {
        using var written = new MemoryStream();
        var open = format == ExpositionFormat.OpenMetrics;
        await registry.CollectAndExportAsTextAsync(
            written, open ? Prometheus.ExpositionFormat.OpenMetricsText : Prometheus.ExpositionFormat.PrometheusText, ct).ConfigureAwait(false);
        var text = Encoding.UTF8.GetString(written.GetBuffer(), 0, (int)written.Length);
        output.Write(Encoding.UTF8.GetBytes(open ? TypeLine().Replace(text, WithUnit) : WholeBound().Replace(text, "$0.0")));
    }

    private static string WithUnit(Match type) => s_units.TryGetValue(type.Groups["name"].Value, out var unit)
        ? $"{type.Value}# UNIT {type.Groups["name"].Value} {unit}\n"
        : type.Value;

    [GeneratedRegex(@"^# TYPE (?<name>\S+) \S+\n", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    /// <summary>
    /// The bound of a bucket that is a whole number: OpenMetrics requires <c>1.0</c>, the library writes <c>1</c> in the text format. The bound is
    /// part of a series' identity, which must not depend on the negotiated format.
    /// </summary>
    [GeneratedRegex("""(?<=[{,]le=")[0-9]+(?="} )""")]
    private static partial Regex WholeBound();
}
