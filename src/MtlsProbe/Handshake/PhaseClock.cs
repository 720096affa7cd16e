using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>The current phase of one connection, and the durations of the earlier ones.</summary>
internal sealed class PhaseClock(TimeProvider time)
{
    private readonly double?[] _seconds = new double?[Enum.GetValues<Phase>().Length];
    private long _start; // 0: nothing has begun

    public Phase Phase { get; private set; } = Phase.Dns;

    /// <summary>Seconds; null for a phase that was not reached, or has not ended.</summary>
    public double? this[Phase phase] => _seconds[(int)phase];

    /// <summary>Ends the previous phase.</summary>
    public void Begin(Phase phase)
    {
        var now = time.GetTimestamp();
        if (_start != 0) _seconds[(int)Phase] = time.GetElapsedTime(_start, now).TotalSeconds;
        Phase = phase;
        _start = now;
    }

    /// <summary>Ends the last phase.</summary>
    /// <param name="isLookedUp">The address is a name that must be resolved.</param>
    /// <param name="total">The duration of the whole probe, including earlier connections.</param>
    public Timings End(bool isLookedUp, TimeSpan total)
    {
        Begin(Phase);
        return new Timings
        {
            Dns = isLookedUp ? this[Phase.Dns] : null,
            Connect = this[Phase.Connect],
            Proxy = this[Phase.Proxy],
            Starttls = this[Phase.Starttls],
            Handshake = this[Phase.Handshake],
            Confirm = this[Phase.Confirm],
            Application = this[Phase.Application],
            Total = total.TotalSeconds,
        };
    }
}
