namespace MtlsProbe.Cli;

/// <summary>Limits starts to a number per second, evenly spaced. Thread-safe.</summary>
/// <param name="perSecond">Above 0.</param>
internal sealed class Pace(int perSecond, TimeProvider time)
{
    private readonly long _step = time.TimestampFrequency / perSecond;
    private readonly Lock _gate = new();
    private long _next = time.GetTimestamp();

    /// <summary>Waits for a turn.</summary>
    public async Task TurnAsync(CancellationToken stop)
    {
        TimeSpan wait;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var turn = Math.Max(_next, now);
            _next = turn + _step;
            wait = time.GetElapsedTime(now, turn);
        }

        if (wait > TimeSpan.Zero) await Task.Delay(wait, time, stop).ConfigureAwait(false);
    }
}
