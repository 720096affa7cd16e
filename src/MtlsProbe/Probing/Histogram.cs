using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>Counts observations in buckets; thread-safe, and a snapshot is consistent.</summary>
/// <param name="bounds">Upper bounds (inclusive) in ascending order, without +Inf.</param>
internal sealed class Histogram(ValueList<double> bounds)
{
    private readonly Lock _gate = new();
    private readonly long[] _counts = new long[bounds.Count + 1];
    private double _sum;

    /// <summary>For the time from an event of the network to its handling, which the kernel counts in ticks of up to 10 ms.</summary>
    public static Histogram OfEventDelays() => new([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]);

    public HistogramState State
    {
        get { lock (_gate) return new HistogramState(bounds, [.. _counts], _sum); }
    }

    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Count && value > bounds[bucket]) bucket++;
        lock (_gate)
        {
            _counts[bucket]++;
            _sum += value;
        }
    }
}
