using MtlsProbe.Model;

namespace MtlsProbe.Discovery;

/// <summary>A source that is followed. If a bug ends it, its last set stays, with the fault.</summary>
internal class FollowedSource(ITargetSource source, TimeProvider time, TargetSetLog log)
{
    private TargetSet? _ended;

    public ITargetSource Source => source;

    /// <summary>Whether a bug has ended it.</summary>
    public bool IsBroken => Volatile.Read(ref _ended) is not null;

    public TargetSet Current => Volatile.Read(ref _ended) ?? source.Current;

    /// <summary>Lets the source follow its targets until it is cancelled. Never throws.</summary>
    /// <param name="changed">Called after each change; an exception from it ends the source.</param>
    /// <param name="isWanted">Whether the source should still run, so its end would be a fault.</param>
    public async Task RunAsync(Action changed, Func<bool> isWanted, CancellationToken stop)
    {
        try
        {
            await source.RunAsync(changed, stop).ConfigureAwait(false);
            if (isWanted()) throw new InvalidOperationException("it ended unexpectedly");
        }
        catch (OperationCanceledException) when (!isWanted())
        {
            // It was cancelled.
        }
        catch (Exception fault)
        {
            log.Ended(fault, source.Current.Name);
            Volatile.Write(ref _ended, source.Current.Failed($"ended by a bug in MtlsProbe, {fault.GetType().Name}; the log has more", time.GetUtcNow()));
            changed();
        }
    }
}
