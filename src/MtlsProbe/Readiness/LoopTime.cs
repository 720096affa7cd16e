namespace MtlsProbe.Readiness;

/// <summary>
/// The system's clock, with timers whose callbacks run on an <see cref="EventLoop"/>: for code that does not block, and for which a timer of the
/// pool costs two changes of threads.
/// </summary>
internal sealed class LoopTime : TimeProvider
{
    private static readonly LoopTime s_ofProbes = new(() => EventLoop.Current);
    private static readonly LoopTime s_withoutProbes = new(() => EventLoop.WithoutProbes);

    private readonly Func<EventLoop> _loop;

    private LoopTime(Func<EventLoop> loop) => _loop = loop;

    /// <summary>The same clock; only for that of the system the timers are different: they belong to the loop that sets them.</summary>
    public static TimeProvider Of(TimeProvider time) => time == System ? s_ofProbes : time;

    /// <summary>The same clock; only for that of the system the timers are different: they belong to a loop of which no probe delays them.</summary>
    public static TimeProvider WithoutProbes(TimeProvider time) => time == System ? s_withoutProbes : time;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LoopTimer(_loop(), callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
