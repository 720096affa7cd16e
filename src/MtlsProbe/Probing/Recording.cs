using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Probing;

/// <summary>The only place where a result is combined with the known state: it is judged in that light, and the new state is kept.</summary>
internal static class Recording
{
    /// <summary>Adds a result. Null if its job is no longer planned, or has been replaced by a reload: the result is too late.</summary>
    public static StateChange? Record(this ResultStore store, ProbeJob job, ProbeResult result) =>
        store.Replace(job, (before, server, inUse, replicas, bounded) => StateChange.Of(before, server, bounded(StateChange.Corroborated(server, replicas, result)), inUse));

    /// <summary>Results without earlier state. They have already been compared with each other.</summary>
    public static ResultStore Alone(IReadOnlyList<ProbeJob> jobs, IReadOnlyList<ProbeResult> results)
    {
        var store = new ResultStore();
        store.Apply(PlanChange.Between(ProbePlan.Empty, ProbePlan.Of(jobs)));
        foreach (var (job, result) in jobs.Zip(results)) store.Replace(job, (before, server, inUse, _, _) => StateChange.Of(before, server, result, inUse));
        return store;
    }
}
