using MtlsProbe.Feed;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// The sets of all sources as one list of targets: first those of the configuration file, then those of the others, in the order of the
/// sources. A name belongs to the first that has it.
/// </summary>
internal sealed class TargetSets
{
    private readonly ConfigurationSource _file;
    private readonly IReadOnlyList<FollowedSource> _others;
    private readonly DiscoveredSources _discovered;
    private readonly TargetSetLog _log;
    private ValueList<TargetSet> _told = [];

    /// <param name="others">Sources besides the configuration file and those that it names.</param>
    /// <param name="loop">Counts faults of sources that the file names.</param>
    public TargetSets(ConfigurationSource file, IReadOnlyList<ITargetSource> others, Loop loop, ILogger<TargetSets> log, EventFeed? events = null)
    {
        (_file, _log) = (file, new TargetSetLog(log, events));
        _others = [.. others.Select(source => new FollowedSource(source, loop.Time, _log))];
        _discovered = new DiscoveredSources(TargetFinders.Of, loop, _log);
    }

    private IEnumerable<FollowedSource> Sources => _others.Concat(_discovered.All);

    /// <summary>The present sets of the sources; logs changes since the last call. One call at a time.</summary>
    /// <returns>The configuration with the targets of all sets, and the sets, that of the file first.</returns>
    public (Configuration Configuration, ValueList<TargetSet> Sets) Take()
    {
        var loaded = _file.Loaded;
        var (configuration, ofFile) = (loaded.Configuration, loaded.Set);
        _discovered.Follow(configuration, loaded.FoundTargets);
        var (targets, sets) = Merged([ofFile, .. Sources.Select(source => source.Current)]);
        _log.Write(_told, sets);
        _told = sets;
        return (configuration with { Targets = targets }, sets);
    }

    /// <summary>Lets every source follow its targets until it is cancelled.</summary>
    /// <param name="changed">Called after each change; an exception from it ends the source that has called it.</param>
    public Task RunAsync(Action changed, CancellationToken stop) =>
        Task.WhenAll([_file.RunAsync(changed, stop), _discovered.RunAsync(changed, stop), .. _others.Select(source => source.RunAsync(changed, () => !stop.IsCancellationRequested, stop))]);

    /// <summary>The same sets, with when they were seen to be so last: no change is told of that.</summary>
    public ValueList<TargetSet> Fresh(ValueList<TargetSet> sets)
    {
        if (sets.Count < 2) return sets;
        var current = Sources.Select(source => source.Current).ToDictionary(set => set.Name);
        return [sets[0], .. sets.Skip(1).Select(set => current.TryGetValue(set.Name, out var now) && now.LastSuccess != set.LastSuccess ? set with { LastSuccess = now.LastSuccess } : set)];
    }

    /// <summary>Each name once, and each set with the names that are left out of it.</summary>
    public static (ValueList<Target> Targets, ValueList<TargetSet> Sets) Merged(IReadOnlyList<TargetSet> sets)
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
