namespace MtlsProbe.Readiness;

/// <summary>A timer of an <see cref="EventLoop"/>, whose callback runs on the thread of the loop. It fires once each time it is set.</summary>
internal sealed class LoopTimer(EventLoop loop, TimerCallback callback, object? state) : ITimer
{
    /// <summary>A timestamp of the system's clock. The loop's lock guards it.</summary>
    public long Due { get; set; }

    /// <summary>Its index in the heap of the loop; negative: it is not set. The loop's lock guards it.</summary>
    public int Place { get; set; } = -1;

    /// <summary>The loop's lock guards it.</summary>
    public bool IsDisposed { get; set; }

    /// <param name="dueTime">Infinite: it is not set.</param>
    /// <param name="period">Infinite: nobody needs another.</param>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (period != Timeout.InfiniteTimeSpan) throw new NotSupportedException("a timer of an event loop fires once");
        return loop.Set(this, dueTime == Timeout.InfiniteTimeSpan ? null : dueTime);
    }

    /// <summary>Called by the loop.</summary>
    public void Fire() => callback(state);

    /// <summary>A callback that runs already is not awaited.</summary>
    public void Dispose() => loop.Set(this, null, forever: true);

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
