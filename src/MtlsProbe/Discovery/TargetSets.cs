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
    private readonly Shard? _shard;
    private ValueList<TargetSet> _told = [];

    /// <param name="others">Sources besides the configuration file and its discovery sources.</param>
    /// <param name="loop">Counts unexpected errors of the discovery sources.</param>
    /// <param name="shard">The part of the targets that this process probes; null: all.</param>
    public TargetSets(ConfigurationSource file, IReadOnlyList<ITargetSource> others, Loop loop, ILogger<TargetSets> log, EventFeed? events = null, Shard? shard = null)
    {
        (_file, _log, _shard) = (file, new TargetSetLog(log, events), shard);
        _others = [.. others.Select(source => new FollowedSource(source, loop.Time, _log))];
        _discovered = new DiscoveredSources(TargetFinders.Of, loop, _log);
    }

    private IEnumerable<FollowedSource> Sources => _others.Concat(_discovered.All);

    /// <summary>The present sets of the sources; logs changes since the last call. One call at a time.</summary>
    /// <returns>The configuration with the targets of all sets, and what this process probes of them.</returns>
    public (Configuration Configuration, MergedTargets Merged) Take()
    {
        var loaded = _file.Loaded;
        var (configuration, ofFile) = (loaded.Configuration, loaded.Set);
        _discovered.Follow(configuration, loaded.FoundTargets);
        var merged = Merged([ofFile, .. Sources.Select(source => source.Current)], _shard);
        _log.Write(_told, merged.Sets);
        _told = merged.Sets;
        return (configuration with { Targets = merged.All }, merged);
    }

    /// <summary>Lets every source follow its targets until it is cancelled.</summary>
    /// <param name="changed">Called after each change; an exception from it ends the source that has called it.</param>
    public Task RunAsync(Action changed, CancellationToken stop) =>
        Task.WhenAll([_file.RunAsync(changed, stop), _discovered.RunAsync(changed, stop), .. _others.Select(source => source.RunAsync(changed, () => !stop.IsCancellationRequested, stop))]);

    /// <summary>The same sets with the present times of the last success, which change without a call of changed.</summary>
    public ValueList<TargetSet> Fresh(ValueList<TargetSet> sets)
    {
        if (sets.Count < 2) return sets;
        var current = Sources.Select(source => source.Current).ToDictionary(set => set.Name);
        return [sets[0], .. sets.Skip(1).Select(set => current.TryGetValue(set.Name, out var now) && now.LastSuccess != set.LastSuccess ? set with { LastSuccess = now.LastSuccess } : set)];
    }

    /// <summary>Each name once, and each set with the names that are left out of it. Names come before shards, so that all shards agree on whose a name is.</summary>
    /// <param name="shard">The part of the targets that is wanted; null: all.</param>
    public static MergedTargets Merged(IReadOnlyList<TargetSet> sets, Shard? shard = null)
    {
        var count = sets.Sum(set => set.Targets.Count);
        var names = new HashSet<string>(count, StringComparer.Ordinal);
        var all = new List<Target>(count);
        List<Target> own = [];
        var merged = new List<TargetSet>(sets.Count);
        foreach (var set in sets)
        {
            List<string> leftOut = [];
            List<Target> part = [];
            foreach (var target in set.Targets)
            {
                if (!names.Add(target.Name))
                {
                    leftOut.Add(target.Name);
                    continue;
                }

                all.Add(target);
                if (shard is null || shard.Owns(target.Name)) part.Add(target);
            }

            own.AddRange(part);
            merged.Add(set with { Targets = shard is null ? set.Targets : part.ToValueList(), Probed = part.Count, LeftOut = leftOut.ToValueList() });
        }

        return new(all.ToValueList(), own.ToValueList(), merged.ToValueList());
    }
}

/// <summary>The targets of several sets.</summary>
/// <param name="All">Each name once; those of other shards too.</param>
/// <param name="Own">Those of this shard; without shards, all.</param>
/// <param name="Sets">Each with its part of <paramref name="Own"/>, in their order.</param>
internal sealed record MergedTargets(ValueList<Target> All, ValueList<Target> Own, ValueList<TargetSet> Sets);
