using MtlsProbe.Config;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// A source of targets of the configuration: what its finder has found, read by the rules of the configuration as it is now. Both change by
/// themselves.
/// </summary>
/// <param name="loop">Counts faults of ours.</param>
internal sealed class DiscoveredTargets(DiscoverySource source, ITargetFinder finder, FoundTargetReader reader, Loop loop) : ITargetSource, IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _end = new();
    private FoundTargetReader _reader = reader;
    private ValueList<DiscoveredTarget> _found = [];
    private ValueList<DiscoveredTarget> _inherited = []; // of the place before, until this one is known as a whole
    private TargetSet _current = new(source.Name) { Place = source.Place };

    public DiscoverySource Source => source;

    public TargetSet Current => Volatile.Read(ref _current);

    /// <summary>Takes over what a source of the same name has found elsewhere: it stays until this one has found something.</summary>
    public void TakeOver(DiscoveredTargets before, FoundTargetReader next)
    {
        var (found, set) = before.Held();
        lock (_gate) (_found, _inherited, _current) = (found, found, set with { Place = source.Place });
        Use(next);
    }

    /// <summary>Reads what was found by the rules of another configuration.</summary>
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
        using (finder) await finder.RunAsync(finding => Take(finding, changed), either.Token).ConfigureAwait(false);
    }

    /// <summary>One look in the place of following.</summary>
    public async Task<TargetSet> LookAsync(CancellationToken stop)
    {
        using (finder) Take(await finder.LookAsync(stop).ConfigureAwait(false), () => { });
        return Current;
    }

    /// <summary>Ends the following; what was found stays.</summary>
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
            var (now, next) = (loop.Time.GetUtcNow(), before);
            if (finding.Fault is null) _inherited = [];
            if (finding.Targets is { } found)
            {
                if (_inherited.Count > 0) found = [.. found, .. _inherited.ExceptBy(found.Select(one => (one.Address, one.Labels)), one => (one.Address, one.Labels))];
                next = With(next, found);
                _found = found;
            }

            next = finding.Fault is { } fault ? next.Failed(fault, now) : next.Found(next.Targets, now);
            Volatile.Write(ref _current, next);
        }

        // That all is as it was is seen by whoever looks.
        if (finding.Targets is not null || finding.Fault != before.Fault || !before.IsKnown) changed();
    }

    private TargetSet With(TargetSet set, ValueList<DiscoveredTarget> found)
    {
        var read = _reader.Read(found);
        var targets = read.Targets == set.Targets ? set.Targets : read.Targets;
        return set with { Targets = targets, Rejected = read.Rejected, RejectedCount = read.RejectedCount };
    }
}
