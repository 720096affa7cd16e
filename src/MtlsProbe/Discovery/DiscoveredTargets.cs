using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// A discovery source of the configuration: the findings of its finder, read by the rules of the current configuration. Both change independently.
/// Thread-safe.
/// </summary>
internal sealed class DiscoveredTargets(DiscoverySource source, ITargetFinder finder, FoundTargetReader reader, TimeProvider time) : ITargetSource, IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _end = new();
    private FoundTargetReader _reader = reader;
    private ValueList<DiscoveredTarget> _found = [];
    private ValueList<DiscoveredTarget> _inherited = []; // from the previous place, until this one is completely known
    private TargetSet _current = new(source.Name) { Place = source.Place };

    public DiscoverySource Source => source;

    public TargetSet Current => Volatile.Read(ref _current);

    /// <summary>Takes over the findings of a source with another place or name. They stay until this source is completely known.</summary>
    public void TakeOver(DiscoveredTargets before, FoundTargetReader next)
    {
        var (found, set) = before.Held();
        lock (_gate) (_found, _inherited, _current) = (found, found, _current with { Targets = set.Targets });
        Use(next);
    }

    /// <summary>Reads the findings by the rules of another configuration.</summary>
    public void Use(FoundTargetReader next)
    {
        lock (_gate)
        {
            _reader = next;
            Volatile.Write(ref _current, With(_current, _found));
        }
    }

    public async Task RunAsync(Action changed, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _end.Token);
        using (finder) await finder.RunAsync(found => Take(found, changed), either.Token).ConfigureAwait(false);
    }

    /// <summary>Looks once instead of following the source.</summary>
    public async Task<TargetSet> LookAsync(CancellationToken stop)
    {
        using (finder) Take(await finder.LookAsync(stop).ConfigureAwait(false), () => { });
        return Current;
    }

    /// <summary>No longer follows the source. The findings stay.</summary>
    public void Dispose() => _end.Cancel();

    private (ValueList<DiscoveredTarget> Found, TargetSet Set) Held()
    {
        lock (_gate) return (_found, _current);
    }

    private void Take(TargetsFound finding, Action changed)
    {
        TargetSet before;
        lock (_gate)
        {
            before = _current;
            var (now, next) = (time.GetUtcNow(), before);
            if (finding.Targets is { } found)
            {
                // The new place is not completely known yet.
                if (finding.Fault is not null && _inherited.Count > 0) found = [.. found, .. _inherited.ExceptBy(found.Select(one => (one.Address, one.Labels)), one => (one.Address, one.Labels))];
                next = With(next, found);
                _found = found;
            }

            if (finding.Fault is null) _inherited = [];
            next = finding.Fault is { } fault ? next.Failed(fault, now) : next.Found(next.Targets, now);
            Volatile.Write(ref _current, next);
        }

        // A confirmation needs no new plan: the time of the last success is read when the set is shown (TargetSets.Fresh).
        if (finding.Targets is not null || finding.Fault != before.Fault || !before.IsKnown) changed();
    }

    private TargetSet With(TargetSet set, ValueList<DiscoveredTarget> found)
    {
        var read = _reader.Read(found);
        var targets = read.Targets == set.Targets ? set.Targets : read.Targets;
        return set with { Targets = targets, Rejected = read.Rejected, RejectedCount = read.RejectedCount };
    }
}
