using MtlsProbe.Model;

namespace MtlsProbe.Api;

/// <summary>How many items are in each condition.</summary>
internal sealed record ConditionCounts(int Total, int Healthy, int Refused, int Failed, int NotEnforced, int NotRequested, int Unconfirmed, int Faulty, int Pending)
{
    public static ConditionCounts Of(IEnumerable<Condition> conditions)
    {
        Span<int> counts = stackalloc int[Conditions.Count];
        var total = 0;
        foreach (var condition in conditions)
        {
            counts[(int)condition]++;
            total++;
        }

        return new ConditionCounts(
            total,
            counts[(int)Condition.Healthy],
            counts[(int)Condition.Refused],
            counts[(int)Condition.Failed],
            counts[(int)Condition.NotEnforced],
            counts[(int)Condition.NotRequested],
            counts[(int)Condition.Unconfirmed],
            counts[(int)Condition.Faulty],
            counts[(int)Condition.Pending]);
    }
}
