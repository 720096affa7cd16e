using MtlsProbe.Handshake;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>The difference between two plans: a change costs only what has changed.</summary>
/// <param name="After">The complete new plan.</param>
/// <param name="Targets">The changed targets: new ones in the order of the plan, then removed ones.</param>
internal sealed record PlanChange(ProbePlan After, ValueList<TargetPlanChange> Targets)
{
    /// <summary>Jobs that end: removed, or replaced because their handshake has changed.</summary>
    public IEnumerable<ProbeJob> Removed => Targets.SelectMany(target => target.Removed);

    /// <summary>Jobs that begin.</summary>
    public IEnumerable<ProbeJob> Added => Targets.SelectMany(target => target.Added);

    /// <summary>Jobs that make the same handshake as before, but with another interval or other labels.</summary>
    public IEnumerable<ProbeJob> Altered => Targets.SelectMany(target => target.Altered);

    public static PlanChange Between(ProbePlan before, ProbePlan after)
    {
        List<TargetPlanChange> changes = [];
        foreach (var target in after.Targets)
        {
            var known = before.Of(target.Name);
            if (!ReferenceEquals(known, target)) changes.Add(TargetPlanChange.Between(known, target));
        }

        foreach (var target in before.Targets)
        {
            if (after.Of(target.Name) is null) changes.Add(TargetPlanChange.Between(target, null));
        }

        return new(after, changes.ToValueList());
    }
}

/// <summary>The change in the plan of one target.</summary>
/// <param name="Before">Null if the target is new.</param>
/// <param name="After">Null if the target is gone.</param>
internal sealed record TargetPlanChange(
    TargetPlan? Before, TargetPlan? After, ValueList<ProbeJob> Removed, ValueList<ProbeJob> Added, ValueList<ProbeJob> Altered)
{
    public static TargetPlanChange Between(TargetPlan? before, TargetPlan? after)
    {
        if (before is null) return new(before, after, [], after?.Jobs ?? [], []);
        var left = before.Jobs.ToDictionary(job => job.Key);
        List<ProbeJob> removed = [], added = [], altered = [];
        foreach (var job in after?.Jobs ?? [])
        {
            if (left.Remove(job.Key, out var known) && job.ProbesTheSameAs(known))
            {
                if (job != known) altered.Add(job);
                continue;
            }

            if (known is not null) removed.Add(known);
            added.Add(job);
        }

        return new(before, after, [.. removed, .. left.Values], added.ToValueList(), altered.ToValueList());
    }
}
