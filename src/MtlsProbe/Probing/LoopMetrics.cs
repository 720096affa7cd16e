using MtlsProbe.Loops;
using MtlsProbe.Metrics;
using Prometheus;

namespace MtlsProbe.Probing;

/// <summary>Metrics of background work.</summary>
internal sealed class LoopMetrics(IMetricFactory factory, LoopSet loops)
{
    private readonly Counter _faults = factory.Counter(Catalog.InternalErrors);
    private readonly Gauge _turns = factory.Gauge(Catalog.LastTurn);

    /// <summary>Updates the figures, on any thread.</summary>
    public void Update()
    {
        foreach (var loop in loops.All)
        {
            _faults.WithLabels(loop.Component).IncTo(loop.Faults);
            if (loop.LastTurn is { } turn) _turns.WithLabels(loop.Component).Set(turn.ToUnixTimeMilliseconds() / 1000.0);
        }
    }
}
