using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Probing;

/// <summary>The one place where a result meets what is known already: it is judged in that light, and what comes of it is kept.</summary>
internal static class Recording
{
    /// <summary>
    /// Adds a result. Null when its job is not planned any more, or not like this: a late result of what a reload has replaced.
    /// </summary>
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
