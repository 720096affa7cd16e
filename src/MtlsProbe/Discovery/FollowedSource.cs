using MtlsProbe.Model;

namespace MtlsProbe.Discovery;

/// <summary>A source that is followed, and what stands for it once a fault of ours has ended it.</summary>
internal class FollowedSource(ITargetSource source, TimeProvider time, TargetSetLog log)
{
    private TargetSet? _ended;

    public ITargetSource Source => source;

    public TargetSet Current => Volatile.Read(ref _ended) ?? source.Current;

    /// <summary>Lets the source follow its targets until it is told to stop. Never throws.</summary>
    /// <param name="changed">Told after each change; what it throws ends the source.</param>
    /// <param name="isWanted">Whether its end would be an early one.</param>
    public async Task RunAsync(Action changed, Func<bool> isWanted, CancellationToken stop)
    {
        try
        {
            await source.RunAsync(changed, stop).ConfigureAwait(false);
            if (isWanted()) throw new InvalidOperationException("it ended unexpectedly");
        }
        catch (OperationCanceledException) when (!isWanted())
        {
            // Told to stop.
        }
        catch (Exception fault)
        {
            log.Ended(fault, source.Current.Name);
            Volatile.Write(ref _ended, source.Current.Failed($"ended by a bug in MtlsProbe, {fault.GetType().Name}; the log has more", time.GetUtcNow()));
            changed();
        }
    }
}
