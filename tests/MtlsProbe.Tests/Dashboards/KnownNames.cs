using MtlsProbe.Metrics;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>The metrics and labels that a query may use: the catalog's, and what Prometheus adds.</summary>
internal static class KnownNames
{
    /// <summary>What Prometheus writes itself: about its scrapes, and about alerts, which keep the labels of their series.</summary>
    private static readonly Dictionary<string, string[]> s_ofPrometheus = new()
    {
        ["up"] = [],
        ["scrape_duration_seconds"] = [],
        ["scrape_samples_scraped"] = [],
        ["ALERTS"] = ["alertname", "alertstate", "severity", .. Catalog.TargetLabelNames],
        ["ALERTS_FOR_STATE"] = ["alertname", "severity", .. Catalog.TargetLabelNames],
    };

    /// <summary>Labels of users' targets that the shipped rules and dashboards know.</summary>
    private static readonly string[] s_ofTargets = ["replica_certificates"];

    /// <summary>The family of a metric; null where the catalog has none.</summary>
    public static MetricFamily? Family(string metric) => Catalog.All.FirstOrDefault(family => family.Type == MetricType.Histogram
        ? metric == family.Name + "_bucket" || metric == family.Name + "_sum" || metric == family.Name + "_count"
        : metric == family.Name);

    /// <summary>The labels that a metric can have; null where there is no such metric.</summary>
    public static IReadOnlySet<string>? Labels(string metric)
    {
        string[] always = ["job", "instance"];
        if (s_ofPrometheus.TryGetValue(metric, out var labels)) return labels.Concat(always).ToHashSet();
        if (Family(metric) is not { } family) return null;
        return family.Labels.AsEnumerable().Concat(always)
            .Concat(metric.EndsWith("_bucket", StringComparison.Ordinal) ? ["le"] : [])
            .Concat(family.Labels.Contains("target") ? s_ofTargets : []).ToHashSet();
    }
}
