using MtlsProbe.Loops;
using MtlsProbe.Metrics;
using Prometheus;

namespace MtlsProbe.Probing;

/// <summary>
/// Metrics of this process, counted by prometheus-net. The registry contains only what is declared here, so two of them in one process are
/// independent. Thread-safe. A reading is not atomic: a sum, a count and a bucket can differ by one observation.
/// </summary>
internal sealed class ProberMetrics
{
    /// <param name="loops">The loops whose faults and cycles are shown; null: none.</param>
    public ProberMetrics(LoopSet? loops = null)
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(Registry);
        factory.ExemplarBehavior = ExemplarBehavior.NoExemplars();
        HandshakeDurations = factory.Histogram(Catalog.HandshakeDuration, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10);
        InFlight = factory.Gauge(Catalog.InFlight);
        Skipped = factory.Counter(Catalog.Skipped);
        ScheduleLag = factory.Histogram(Catalog.ScheduleLag, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10);
        EventDelays = factory.Histogram(Catalog.EventDelay, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5);
        HttpConnectionErrors = factory.Counter(Catalog.HttpConnectionErrors);
        HttpConnectionsEvicted = factory.Counter(Catalog.HttpConnectionsEvicted);
        LogLinesDropped = factory.Counter(Catalog.LogLinesDropped);
        HttpRequests = factory.Counter(Catalog.HttpRequests);
        HttpDurations = factory.Histogram(Catalog.HttpDuration, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30);
        if (loops is not null) Registry.AddBeforeCollectCallback(new LoopMetrics(factory, loops).Update);
        Registry.AddBeforeCollectCallback(new ProcessMetrics(factory).Update);
        Registry.AddBeforeCollectCallback(new RuntimeMetrics(factory).Update);
    }

    /// <summary>All metrics, for a scrape.</summary>
    public CollectorRegistry Registry { get; } = Prometheus.Metrics.NewCustomRegistry();

    /// <summary>Durations of the completed TLS handshakes of the whole fleet, in seconds.</summary>
    public Histogram HandshakeDurations { get; }

    /// <summary>Probes that run now.</summary>
    public Gauge InFlight { get; }

    /// <summary>Starts that were skipped because the previous probe was still running.</summary>
    public Counter Skipped { get; }

    /// <summary>From the planned start of a probe to its real start, in seconds.</summary>
    public Histogram ScheduleLag { get; }

    /// <summary>From a network event, which the kernel records in ticks of up to 10 ms, to its handling, in seconds.</summary>
    public Histogram EventDelays { get; }

    /// <summary>Connections to the web server that clients broke, by kind.</summary>
    public Counter HttpConnectionErrors { get; }

    /// <summary>Connections to the web server that were closed to make room for others.</summary>
    public Counter HttpConnectionsEvicted { get; }

    /// <summary>Dropped log lines.</summary>
    public Counter LogLinesDropped { get; }

    /// <summary>Responses of the web server by path and status.</summary>
    public Counter HttpRequests { get; }

    /// <summary>From a request to the end of its response, by path, in seconds.</summary>
    public Histogram HttpDurations { get; }
}
