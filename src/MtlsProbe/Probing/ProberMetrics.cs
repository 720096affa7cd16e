using MtlsProbe.Loops;
using MtlsProbe.Metrics;
using Prometheus;

namespace MtlsProbe.Probing;

/// <summary>
/// What this process counts of itself. The counting is prometheus-net's; the registry is one of our own and knows nothing but what is
/// named here, so that two of them in one process do not meet. Thread-safe. A reading is not one moment: a sum, a count and a bucket may be
/// an observation apart.
/// </summary>
internal sealed class ProberMetrics
{
    /// <param name="loops">Those whose faults and turns are shown; null: none.</param>
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

    /// <summary>All of it, for a scrape.</summary>
    public CollectorRegistry Registry { get; } = Prometheus.Metrics.NewCustomRegistry();

    /// <summary>Of the TLS handshakes of the whole fleet that were completed, in seconds.</summary>
    public Histogram HandshakeDurations { get; }

    /// <summary>Probes that run now.</summary>
    public Gauge InFlight { get; }

    /// <summary>Starts that were left out, since the probe before was still running.</summary>
    public Counter Skipped { get; }

    /// <summary>From the planned start of a probe to the real one, in seconds.</summary>
    public Histogram ScheduleLag { get; }

    /// <summary>From an event of the network, which the kernel counts in ticks of up to 10 ms, to its handling, in seconds.</summary>
    public Histogram EventDelays { get; }

    /// <summary>Connections to the web server that strangers broke, by kind.</summary>
    public Counter HttpConnectionErrors { get; }

    /// <summary>Connections to the web server that were closed to make room for others.</summary>
    public Counter HttpConnectionsEvicted { get; }

    /// <summary>Dropped log lines.</summary>
    public Counter LogLinesDropped { get; }

    /// <summary>Answers of the web server by path and status.</summary>
    public Counter HttpRequests { get; }

    /// <summary>From a request to the end of its answer by path, in seconds.</summary>
    public Histogram HttpDurations { get; }
}
