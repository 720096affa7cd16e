namespace MtlsProbe.Api;

/// <summary>
/// Limits probes on demand: a pause for each target, and a burst followed by a slow rate for the handshakes of all targets together, so that a client
/// can neither make the prober overload a server nor use up the slots of the schedule. A target with more handshakes than are left is still probed,
/// because otherwise it could never be probed; the next request waits until the deficit is made up. Thread-safe.
/// </summary>
internal sealed class ProbeAllowance(TimeProvider time)
{
    /// <summary>In handshakes.</summary>
    public const int Burst = 100;

    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>The time after which one more handshake is allowed.</summary>
    public static readonly TimeSpan Refill = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _probed = new(StringComparer.Ordinal);
    private double _left = Burst;
    private long _counted = time.GetTimestamp();

    /// <summary>Takes one probe of a target. Null if it is allowed; otherwise the time to wait.</summary>
    /// <param name="handshakes">Its number of handshakes; none yet counts as one.</param>
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

    /// <summary>Targets whose pause has ended need no memory.</summary>
    private void Forget(long now)
    {
        if (_probed.Count < Burst) return;
        foreach (var (target, last) in _probed)
        {
            if (time.GetElapsedTime(last, now) >= Pause) _probed.Remove(target);
        }
    }
}
