namespace MtlsProbe.Loops;

/// <summary>
/// Background work that must not end, for example following files. Several tasks can share a loop and are counted together. Thread-safe.
/// </summary>
/// <param name="component">Its name in the metrics.</param>
internal sealed class Loop(string component, TimeProvider time)
{
    /// <summary>The pause after a failed cycle, if it has failed for some time.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);

    private long _faults;
    private long _lastTurn;

    public string Component { get; } = component;

    /// <summary>Failed cycles and parts of cycles.</summary>
    public long Faults => Interlocked.Read(ref _faults);

    /// <summary>When a cycle last completed; null if there are no cycles.</summary>
    public DateTimeOffset? LastTurn => Interlocked.Read(ref _lastTurn) is not 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public TimeProvider Time { get; } = time;

    /// <summary>Counts unexpected errors.</summary>
    public void Failed() => Interlocked.Increment(ref _faults);

    /// <summary>Runs a cycle in each period until it is cancelled; the first cycle runs after one period. Never throws.</summary>
    /// <param name="failed">Called with the exception of a cycle.</param>
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

    /// <summary>Runs one cycle, and repeats it until it succeeds or is cancelled. Never throws.</summary>
    /// <param name="failed">Called with its exception.</param>
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
        catch (Exception fault) // also if there is no memory or no thread: there may be in the next cycle
        {
            Failed();
            Tell(fault, failed);
            return false;
        }
    }

    /// <summary>A log that cannot be written must not end the loop.</summary>
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
