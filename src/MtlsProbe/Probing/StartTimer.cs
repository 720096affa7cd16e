namespace MtlsProbe.Probing;

/// <summary>
/// The clock of the schedule, and the one timer that fires when the first job of the queue is due. The scheduler's lock guards all but
/// <see cref="Now"/>, which is thread-safe.
/// </summary>
internal sealed class StartTimer(TimeProvider time, StartQueue queue)
{
    private readonly DateTimeOffset _origin = time.GetUtcNow();
    private readonly long _originTimestamp = time.GetTimestamp();
    private ITimer? _timer;

    /// <summary>The wall clock at the start, plus the elapsed time: it never jumps.</summary>
    public DateTimeOffset Now => _origin + time.GetElapsedTime(_originTimestamp);

    /// <param name="timer">Its callback starts what is due; null ends the schedule. The caller disposes of it.</param>
    public void Use(ITimer? timer)
    {
        _timer = timer;
        Set(Now);
    }

    /// <summary>Call this after each change of the queue.</summary>
    public void Set(DateTimeOffset now)
    {
        // Rounded up, because timers have whole milliseconds: one that fires early finds nothing to do.
        var wait = queue.First is { Due: var due }
            ? TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling((due - now).TotalMilliseconds)))
            : Timeout.InfiniteTimeSpan;
        _timer?.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
