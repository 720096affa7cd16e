using System.Collections.Immutable;
using MtlsProbe.Metrics;

namespace MtlsProbe.Tests.PromQl;

/// <summary>
/// The names that an expression can use: those of the exporter, of recording rules, and of Prometheus. Rules, dashboards and documentation are
/// compared with them.
/// </summary>
internal sealed class KnownMetrics
{
    /// <summary>Prometheus sets these on every series.</summary>
    private static readonly string[] s_ofEverySeries = ["job", "instance"];

    private readonly ImmutableDictionary<string, ImmutableHashSet<string>> _labels;

    private static readonly string[] s_ofAlerts = ["alertname", "alertstate", "severity"];

    private KnownMetrics(ImmutableDictionary<string, ImmutableHashSet<string>> labels) => _labels = labels;

    /// <summary>The catalog, and the metrics of Prometheus itself.</summary>
    public static KnownMetrics Exposed { get; } = new(Catalog.All.SelectMany(Series)
        .Append(("up", ImmutableHashSet<string>.Empty))
        .Append(("scrape_duration_seconds", []))
        .Append(("scrape_samples_scraped", []))
        .Append(("ALERTS", Catalog.All.SelectMany(family => family.Labels.AsEnumerable()).Concat(s_ofAlerts).ToImmutableHashSet()))
        .Append(("ALERTS_FOR_STATE", Catalog.All.SelectMany(family => family.Labels.AsEnumerable()).Concat(s_ofAlerts).ToImmutableHashSet()))
        .ToImmutableDictionary(series => series.Item1, series => series.Item2.Union(s_ofEverySeries)));

    public IEnumerable<string> Names => _labels.Keys;

    /// <summary>These, and what the recording rules add, in the order of their files. A recorded series can have any label of its sources.</summary>
    public KnownMetrics With(IEnumerable<(string Record, string Expression)> rules) => rules.Aggregate(this, (known, rule) =>
    {
        var of = PromQlNames.Of(rule.Expression).Metrics.Where(metric => metric != rule.Record).SelectMany(metric => known._labels.GetValueOrDefault(metric, []));
        return new KnownMetrics(known._labels.SetItem(rule.Record, [.. known._labels.GetValueOrDefault(rule.Record, []), .. of]));
    });

    /// <summary>
    /// Names in an expression that do not exist: metrics, matched labels that the metric does not have, labels that no metric in it has.
    /// </summary>
    /// <param name="targetLabels">Labels that users put on targets, and that the expression can use.</param>
    public IEnumerable<string> Unknown(string expression, params string[] targetLabels)
    {
        var names = PromQlNames.Of(expression);
        foreach (var selector in names.Selectors)
        {
            if (!_labels.TryGetValue(selector.Metric, out var labels))
            {
                yield return selector.Metric;
                continue;
            }

            foreach (var matcher in selector.Matchers.Where(matcher => !labels.Contains(matcher.Label) && !targetLabels.Contains(matcher.Label)))
                yield return $"{selector.Metric}{{{matcher.Label}}}";
        }

        var all = LabelsOf(names).Concat(targetLabels).ToHashSet();
        foreach (var label in names.Labels.Where(label => !all.Contains(label))) yield return $"{{{label}}}";
    }

    /// <summary>The possible labels of a result of the expression, without those of users.</summary>
    public IReadOnlySet<string> LabelsOf(string expression) => LabelsOf(PromQlNames.Of(expression)).Concat(MadeLabels.Of(expression)).ToHashSet();

    private IEnumerable<string> LabelsOf(PromQlNames names) => names.Metrics.SelectMany(metric => _labels.GetValueOrDefault(metric, []));

    private static IEnumerable<(string Name, ImmutableHashSet<string> Labels)> Series(MetricFamily family)
    {
        ImmutableHashSet<string> labels = [.. family.Labels.AsEnumerable()];
        return family.Type == MetricType.Histogram
            ? [($"{family.Name}_bucket", labels.Add("le")), ($"{family.Name}_sum", labels), ($"{family.Name}_count", labels)]
            : [(family.Name, labels)];
    }
}
