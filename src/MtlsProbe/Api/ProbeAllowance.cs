namespace MtlsProbe.Api;

/// <summary>
/// How often probes may be asked for: each target with a pause between, and the handshakes of all together a burst and then a slow stream,
/// so that nobody can make the prober hammer a server, or use up the places of the schedule. A target with more handshakes than are left
/// is probed all the same, or it never could be; whoever comes next waits until they have been made up for. Thread-safe.
/// </summary>
internal sealed class ProbeAllowance(TimeProvider time)
{
    /// <summary>In handshakes.</summary>
    public const int Burst = 100;

    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>One more handshake may be asked for after each of these.</summary>
    public static readonly TimeSpan Refill = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _probed = new(StringComparer.Ordinal);
    private double _left = Burst;
    private long _counted = time.GetTimestamp();

    /// <summary>Takes one probe of a target. Null when it is allowed; else how long to wait until it may be.</summary>
    /// <param name="handshakes">That it makes; one that makes none yet costs one.</param>
    public TimeSpan? Take(string target, int handshakes)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _left = Math.Min(Burst, _left + (time.GetElapsedTime(_counted, now) / Refill));
            _counted = now;
            if (_probed.TryGetValue(target, out var last) && time.GetElapsedTime(last, now) is var since && since < Pause) return Pause - since;
            if (_left < 1) return Refill * (1 - _left);
            _left -= Math.Max(1, handshakes);
            Forget(now);
            _probed[target] = now;
            return null;
        }
    }

    /// <summary>Targets whose pause is over need no memory.</summary>
    private void Forget(long now)
    {
        if (_probed.Count < Burst) return;
        foreach (var (target, last) in _probed)
        {
            if (time.GetElapsedTime(last, now) >= Pause) _probed.Remove(target);
        }
    }
}
