namespace MtlsProbe.Readiness;

/// <summary>
/// The system's clock, with timers whose callbacks run on an <see cref="EventLoop"/>: for code that does not block, and for which a timer of the
/// pool costs two changes of threads.
/// </summary>
internal sealed class LoopTime : TimeProvider
{
    private static readonly LoopTime s_instance = new();

    private LoopTime()
    {
    }

    /// <summary>The same clock; only for that of the system the timers are different.</summary>
    public static TimeProvider Of(TimeProvider time) => time == System ? s_instance : time;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LoopTimer(EventLoop.Current, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
