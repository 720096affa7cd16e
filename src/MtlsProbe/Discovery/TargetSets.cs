using MtlsProbe.Feed;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// The sets of all sources as one list of targets: first those of the configuration file, then those of the others, in the order of the
/// sources. A name belongs to the first that has it.
/// </summary>
/// <param name="others">The sources besides the configuration file.</param>
internal sealed class TargetSets(ConfigurationSource file, IReadOnlyList<ITargetSource> others, TimeProvider time, ILogger<TargetSets> log, EventFeed? events = null)
{
    private readonly TargetSetLog _log = new(log, events);
    private readonly TargetSet?[] _ended = new TargetSet?[others.Count]; // of the sources that a fault of ours has ended
    private ValueList<TargetSet> _told = [];

    /// <summary>The present sets of the sources; logs changes since the last call. One call at a time.</summary>
    /// <returns>The configuration with the targets of all sets, and the sets, that of the file first.</returns>
    public (Configuration Configuration, ValueList<TargetSet> Sets) Take()
    {
        var (configuration, ofFile) = file.Loaded;
        if (others.Count == 0) return (configuration, [ofFile]);
        var (targets, sets) = Merged([ofFile, .. others.Select((source, i) => Volatile.Read(ref _ended[i]) ?? source.Current)]);
        _log.Write(_told, sets);
        _told = sets;
        return (configuration with { Targets = targets }, sets);
    }

    /// <summary>Lets every source follow its targets until it is cancelled.</summary>
    /// <param name="changed">Called after each change; an exception from it ends the source that has called it.</param>
    public Task RunAsync(Action changed, CancellationToken stop) =>
        Task.WhenAll([file.RunAsync(changed, stop), .. others.Select((source, i) => RunAsync(source, i, changed, stop))]);

    private async Task RunAsync(ITargetSource source, int index, Action changed, CancellationToken stop)
    {
        try
        {
            await source.RunAsync(changed, stop).ConfigureAwait(false);
            if (!stop.IsCancellationRequested) throw new InvalidOperationException("it ended unexpectedly");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop.
        }
        catch (Exception fault)
        {
            _log.Ended(fault, source.Current.Name);
            Volatile.Write(ref _ended[index], source.Current.Failed($"ended by a bug in MtlsProbe, {fault.GetType().Name}; the log has more", time.GetUtcNow()));
            changed();
        }
    }

    /// <summary>Each name once, and each set with the names that are left out of it.</summary>
    private static (ValueList<Target> Targets, ValueList<TargetSet> Sets) Merged(IReadOnlyList<TargetSet> sets)
    {
        var count = sets.Sum(set => set.Targets.Count);
        var names = new HashSet<string>(count, StringComparer.Ordinal);
        var targets = new List<Target>(count);
        var merged = new List<TargetSet>(sets.Count);
        foreach (var set in sets)
        {
            List<string> leftOut = [];
            foreach (var target in set.Targets)
            {
                if (names.Add(target.Name)) targets.Add(target);
                else leftOut.Add(target.Name);
            }

            merged.Add(set with { LeftOut = leftOut.ToValueList() });
        }

        return (targets.ToValueList(), merged.ToValueList());
    }
}
