namespace MtlsProbe.Tests;

/// <summary>
/// A clock that moves only when a test says so. Timers run on the thread that calls <see cref="Advance"/>, one after another in the
/// order of their due times, and see the clock at their due time. Wall clock and timestamps move together, except with
/// <see cref="StepWallClock"/>.
/// </summary>
internal sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _elapsed;
    private TimeSpan _step;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ManualTime()
        : this(new DateTimeOffset(2026, 11, 20, 18, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers are armed.</summary>
    public int ArmedTimers
    {
        get { lock (_gate) return _timers.Count(timer => timer.Due is not null); }
    }

    /// <summary>Whether the time limit of an operation runs, for example of a request: then somebody waits for something other than this clock.</summary>
    public bool IsLimited
    {
        get { lock (_gate) return _timers.Exists(timer => timer is { Due: not null, IsLimit: true }); }
    }

    /// <summary>How long until the first timer is due; null when none is armed.</summary>
    public TimeSpan? UntilNextTimer
    {
        get { lock (_gate) return _timers.Min(timer => timer.Due) - _elapsed; }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return start + _elapsed + _step;
    }

    public override long GetTimestamp()
    {
        lock (_gate) return _elapsed.Ticks;
    }

    /// <summary>Moves the clock, and runs the timers that fall due meanwhile.</summary>
    public void Advance(TimeSpan by)
    {
        TimeSpan end;
        lock (_gate) end = _elapsed + by;

        // Without the context of the test framework, so that code that waits for a timer continues within this call if it can.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            while (TakeDue(end) is { } timer) timer.Fire();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Sets the wall clock forward or back, as an operator or NTP does; timers and timestamps do not notice.</summary>
    public void StepWallClock(TimeSpan by)
    {
        lock (_gate) _step += by;
    }

    /// <summary>Completes when at least <paramref name="count"/> timers are armed: code on other threads then waits for this clock.</summary>
    public async Task TimersArmed(int count = 1)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_timers.Count(timer => timer.Due is not null) >= count) return;
                changed = _changed.Task;
            }

            await changed;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        lock (_gate) _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock to the first due time up to <paramref name="end"/>; if there is none, to the end.</summary>
    private ManualTimer? TakeDue(TimeSpan end)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            var now = next?.Due ?? end;
            if (now > _elapsed) _elapsed = now;
            next?.Rearm();
            return next;
        }
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        /// <summary>Of an operation. Longer ones are lifetimes, for example of a stream.</summary>
        private static readonly TimeSpan s_longestLimit = TimeSpan.FromSeconds(30);

        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public bool IsLimit { get; private set; }

        public TimeSpan? Due { get; private set; }

        public void Fire() => callback(state);

        public void Rearm() => Due = _period > TimeSpan.Zero ? Due + _period : null;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                if (!time._timers.Contains(this)) return false;
                Due = dueTime < TimeSpan.Zero ? null : time._elapsed + dueTime;
                (_period, IsLimit) = (period, state is CancellationTokenSource && dueTime <= s_longestLimit);
                var changed = time._changed;
                time._changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                changed.SetResult();
                return true;
            }
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                Due = null;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
