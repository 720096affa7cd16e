using System.Net;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Probing;

/// <summary>Probes targets once, without a schedule: every address and every credential of each.</summary>
/// <param name="probe">Runs one probe.</param>
/// <param name="resolve">Returns the addresses of a name.</param>
/// <param name="credentials">The credentials of the jobs.</param>
/// <param name="reconsider">Judges a result again when all are available; null: unchanged.</param>
internal sealed class Survey(
    Func<ProbeJob, ProbeRun, CancellationToken, Task<ProbeResult>> probe,
    Func<string, CancellationToken, Task<IPAddress[]>> resolve,
    CredentialLookup credentials,
    TimeProvider time,
    Func<ProbeJob, ProbeResult, ProbeResult>? reconsider = null)
{
    /// <summary>Maximum number of concurrent lookups.</summary>
    private const int MostLookups = 64;

    /// <summary>Every job of these targets, in their order. Names are resolved if all their addresses are probed.</summary>
    public async Task<IReadOnlyList<ProbeJob>> PlanAsync(IReadOnlyList<Target> targets, CancellationToken stop)
    {
        var jobs = new ValueList<ProbeJob>[targets.Count];
        var limits = new ParallelOptions { MaxDegreeOfParallelism = MostLookups, CancellationToken = stop };
        await Parallel.ForAsync(0, targets.Count, limits, async (index, cancellation) =>
        {
            var target = targets[index];
            var replicas = target.Addresses == AddressChoice.One
                ? Replicas.AsConfigured
                : await AddressBook.LookUpAsync(resolve, target, null, time, cancellation).ConfigureAwait(false);
            var leftOut = Math.Max(0, replicas.Addresses.Count - target.MaxAddresses);
            jobs[index] = ProbePlan.For(target, identity => credentials(identity, Slot.Next).IsStaged, AddressBook.Limited(replicas, target))
                .Select(job => job.With(credentials) with { AddressesLeftOut = leftOut })
                .ToValueList();
        }).ConfigureAwait(false);
        return [.. jobs.SelectMany(some => some)];
    }

    /// <summary>A result for each job, in their order.</summary>
    /// <param name="limits">Returns the time limit of a probe; null: that of its target.</param>
    /// <param name="concurrency">Maximum concurrent probes.</param>
    /// <param name="done">Called after each probe, possibly on several threads.</param>
    public async Task<IReadOnlyList<ProbeResult>> RunAsync(
        IReadOnlyList<ProbeJob> jobs, ProbeTime? limits, int concurrency, Action? done, CancellationToken stop)
    {
        var results = new ProbeResult[jobs.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = stop };
        await Parallel.ForAsync(0, jobs.Count, parallel, async (index, cancellation) =>
        {
            var result = await probe(jobs[index], limits ?? ProbeTime.Patient(jobs[index].Target.Timeout), cancellation).ConfigureAwait(false);
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // off the event loop: what follows may block
            results[index] = result with { AddressesLeftOut = jobs[index].AddressesLeftOut };
            done?.Invoke();
        }).ConfigureAwait(false);
        return ClockAdvice.Of(jobs, ReplicaAdvice.Of(jobs, Corroboration.Of(jobs, Reconsidered(jobs, results))));
    }

    /// <summary>The results, judged again with everything that has been seen so far.</summary>
    public IReadOnlyList<ProbeResult> Reconsidered(IReadOnlyList<ProbeJob> jobs, IReadOnlyList<ProbeResult> results) =>
        reconsider is null ? results : [.. jobs.Zip(results, reconsider)];
}
