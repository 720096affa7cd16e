using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>A group of targets with something in common.</summary>
/// <param name="Group">The common property, as a value of the parameter <c>group</c>.</param>
/// <param name="Title">The same for people.</param>
/// <param name="State">The worst state among them.</param>
/// <param name="Since">Their newest change.</param>
/// <param name="Names">The names of the first targets.</param>
internal sealed record TargetGroupFacts(string Group, string Title, Condition State, int Total, ConditionCounts States, ExpiryCounts Expiring, DateTimeOffset? Since, ValueList<string> Names)
{
    private const int MostNames = 5;

    public static TargetGroupFacts Of(string key, TargetGrouping grouping, IReadOnlyList<TargetEntry> targets)
    {
        var worst = TargetOrder.Default.Sort(targets)[0];
        return new TargetGroupFacts(
            key,
            Shown.Text(TitleOf(key, grouping, worst)),
            worst.Condition,
            targets.Count,
            ConditionCounts.Of(targets.Select(entry => entry.Condition)),
            ExpiryCounts.Of(targets.Select(entry => entry.Expiring)),
            targets.Max(entry => entry.Leading?.State.Since),
            targets.Select(entry => entry.Target.Name).Order(StringComparer.Ordinal).Take(MostNames).ToValueList());
    }

    private static string TitleOf(string key, TargetGrouping grouping, TargetEntry worst) => grouping.Column switch
    {
        TargetGrouping.Reason => worst.Leading?.Last?.Failure?.Reason.Sentence ?? (worst.Condition == Condition.Healthy ? "as configured" : "not probed yet"),
        _ when key.Length == 0 => $"without the label {grouping.Label}",
        _ => key,
    };
}

/// <summary>One page of the groups: the worst first, and among equal ones the largest.</summary>
/// <param name="Targets">How many targets pass the filters, in all groups.</param>
internal sealed record GroupPage(DateTimeOffset Now, string Instance, int Total, int Page, int Limit, int Targets, IReadOnlyList<TargetGroupFacts> Groups)
{
    public static GroupPage Of(FleetView view, string instance, TargetFilter filter, TargetGrouping grouping, Paging paging)
    {
        var groups = view.Targets.Where(filter.Passes).GroupBy(grouping.KeyOf, StringComparer.Ordinal)
            .Select(group => (group.Key, Targets: (List<TargetEntry>)[.. group]))
            .OrderBy(group => group.Targets.Min(entry => entry.Condition.Severity()))
            .ThenByDescending(group => group.Targets.Count)
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .ToList();
        return new GroupPage(
            view.Snapshot.At, instance, groups.Count, paging.Page, paging.Limit, groups.Sum(group => group.Targets.Count),
            [.. paging.Of(groups).Select(group => TargetGroupFacts.Of(group.Key, grouping, group.Targets))]);
    }
}
