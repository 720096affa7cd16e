using MtlsProbe.Config;
using MtlsProbe.Loops;
using MtlsProbe.Model;

namespace MtlsProbe.Discovery;

/// <summary>The discovery sources of the configuration: started, replaced and ended as it changes.</summary>
/// <param name="finder">Makes the finder of a source.</param>
/// <param name="loop">Counts unexpected errors.</param>
internal sealed class DiscoveredSources(Func<DiscoverySource, FinderFaults, ITargetFinder> finder, Loop loop, TargetSetLog log)
{
    private readonly Lock _gate = new();
    private readonly List<Task> _running = [];
    private List<Followed> _sources = [];
    private FoundTargetRules? _rules;
    private Action? _changed; // null before they run
    private CancellationToken _stop;

    /// <summary>In the order of the configuration.</summary>
    public IReadOnlyList<FollowedSource> All => Volatile.Read(ref _sources);

    /// <summary>
    /// Follows the sources of this configuration. A source whose place has not changed continues, and its findings are read again by the new rules. A
    /// source with a new place keeps the last targets until the new place delivers some, and so does one with a new name.
    /// </summary>
    public void Follow(Configuration configuration, FoundTargetRules rules)
    {
        lock (_gate)
        {
            if (rules == _rules) return;
            _rules = rules;
            var before = _sources;
            List<Followed> next = [.. configuration.Discoveries.Select(source => Next(source, Before(source, before, configuration), rules))];
            Volatile.Write(ref _sources, next);
            foreach (var gone in before.Except(next)) gone.End();
            foreach (var one in next.Except(before)) Start(one);
        }
    }

    /// <summary>Runs the sources until it is cancelled, including those that are added later. Never throws.</summary>
    /// <param name="changed">Called after each change; an exception from it ends the source that has called it.</param>
    public async Task RunAsync(Action changed, CancellationToken stop)
    {
        lock (_gate)
        {
            (_changed, _stop) = (changed, stop);
            foreach (var source in _sources) Start(source);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, loop.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        List<Task> running;
        lock (_gate)
        {
            foreach (var source in _sources) source.End();
            running = [.. _running];
        }

        await Task.WhenAll(running).ConfigureAwait(false);
    }

    /// <summary>The source of this name, or else the one of this place that has lost its name.</summary>
    private static Followed? Before(DiscoverySource source, List<Followed> before, Configuration configuration) =>
        before.Find(one => one.Targets.Source.Name == source.Name)
        ?? before.Find(one => one.Targets.Source.Place == source.Place && configuration.Discoveries.All(other => other.Name != one.Targets.Source.Name));

    private Followed Next(DiscoverySource source, Followed? before, FoundTargetRules rules)
    {
        var reader = rules.Open(source.Name);
        if (before is { IsBroken: false } && before.Targets.Source == source)
        {
            before.Targets.Use(reader);
            return before;
        }

        var faults = new FinderFaults(loop, fault => log.Failed(fault, source.Name));
#pragma warning disable CA2000 // Disposed by End.
        var targets = new DiscoveredTargets(source, finder(source, faults), reader, loop.Time);
#pragma warning restore CA2000
        if (before is not null) targets.TakeOver(before.Targets, reader);
        return new Followed(targets, loop.Time, log);
    }

    /// <summary>The caller holds the lock.</summary>
    private void Start(Followed source)
    {
        if (_changed is not { } changed || _stop.IsCancellationRequested) return;
        _running.RemoveAll(task => task.IsCompleted);
        var stop = _stop;
        _running.Add(Task.Run(() => source.RunAsync(changed, () => !stop.IsCancellationRequested && !source.HasEnded, stop), CancellationToken.None));
    }

    private sealed class Followed(DiscoveredTargets targets, TimeProvider time, TargetSetLog log) : FollowedSource(targets, time, log)
    {
        private volatile bool _hasEnded;

        public DiscoveredTargets Targets => targets;

        public bool HasEnded => _hasEnded;

        public void End()
        {
            _hasEnded = true;
            targets.Dispose();
        }
    }
}
