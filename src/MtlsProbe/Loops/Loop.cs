namespace MtlsProbe.Loops;

/// <summary>
/// Something that goes on in the background and must not end: following files, for example. Several may share one, and are counted together.
/// Thread-safe.
/// </summary>
/// <param name="component">As the metrics name it.</param>
internal sealed class Loop(string component, TimeProvider time)
{
    /// <summary>Between a turn that failed and the next, where it has failed for some time.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);

    private long _faults;
    private long _lastTurn;

    public string Component { get; } = component;

    /// <summary>Turns and parts of turns that failed.</summary>
    public long Faults => Interlocked.Read(ref _faults);

    /// <summary>When a turn was last made to its end; null where there are no turns.</summary>
    public DateTimeOffset? LastTurn => Interlocked.Read(ref _lastTurn) is not 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public TimeProvider Time { get; } = time;

    /// <summary>Counts what nobody foresaw.</summary>
    public void Failed() => Interlocked.Increment(ref _faults);

    /// <summary>Makes a turn in each period until it is told to stop; the first after a period. Never throws.</summary>
    /// <param name="failed">Told what a turn threw.</param>
    public async Task RunAsync(Func<Task> turn, TimeSpan period, Action<Exception> failed, CancellationToken stop)
    {
        Turned();
        var pause = period;
        while (true)
        {
            await Task.Delay(pause, Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) return;
            pause = await IsMadeAsync(turn, failed, stop).ConfigureAwait(false) ? period : Longer(pause);
        }
    }

    /// <summary>Makes one turn, and makes it again until it succeeds or is told to stop. Never throws.</summary>
    /// <param name="failed">Told what it threw.</param>
    public async Task UntilDoneAsync(Action turn, Action<Exception> failed, CancellationToken stop)
    {
        for (var pause = s_firstPause; !stop.IsCancellationRequested; pause = Longer(pause))
        {
            if (await IsMadeAsync(Once, failed, stop).ConfigureAwait(false)) return;
            await Task.Delay(pause, Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Task Once()
        {
            turn();
            return Task.CompletedTask;
        }
    }

    private async Task<bool> IsMadeAsync(Func<Task> turn, Action<Exception> failed, CancellationToken stop)
    {
        try
        {
            await turn().ConfigureAwait(false);
            Turned();
            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception fault) // also where there is no memory or no thread: there may be at the next turn
        {
            Failed();
            Tell(fault, failed);
            return false;
        }
    }

    /// <summary>A log that cannot be written to ends nothing.</summary>
    private void Tell(Exception fault, Action<Exception> failed)
    {
        try
        {
            failed(fault);
        }
        catch (Exception)
        {
            Failed();
        }
    }

    private void Turned() => Interlocked.Exchange(ref _lastTurn, Time.GetUtcNow().UtcTicks);

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;
}
