using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Probing;

/// <summary>Probes on demand, separate from the schedule, with a common limit for all callers.</summary>
/// <param name="most">Maximum concurrent probes of all requests together. ProbeEndpoint limits the number of requests.</param>
/// <param name="before">Returns the result of the last scheduled probe of a handshake; null: there was none.</param>
internal sealed class OnDemandProbes(ProbeStack stack, int most, Func<HandshakeKey, Outcome?> before) : IDisposable
{
    // Maximum concurrent handshakes of one request: a target can have many addresses and credentials, and others need slots too.
    private const int MostOfOne = 64;

    /// <summary>The interval of checks whether evidence of revocation has arrived.</summary>
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _places = new(most);

    /// <summary>
    /// Probes a target now, at all its addresses with all its credentials. Only the caller gets the results: as with blackbox_exporter, a request to
    /// <c>/probe</c> changes no counter, so counters show only scheduled probes.
    /// </summary>
    public async Task<ResultStore> ProbeAsync(Target target, TimeSpan timeout, CancellationToken stop)
    {
        var start = stack.Time.GetTimestamp();
        var survey = new Survey(InItsTurnAsync, stack.Resolve, stack.Materials.Handle, stack.Time);
        var jobs = await survey.PlanAsync([target with { Timeout = timeout / 2 }], stop).ConfigureAwait(false);
        var results = await RunAsync().ConfigureAwait(false);
        if (!results.Any(result => result.IsAwaitingEvidence)) return Recording.Alone(jobs, results);

        // As in the schedule, but leaving enough time for the probe.
        var patience = Left() / 2;
        var since = stack.Time.GetTimestamp();
        while (stack.Evidence.IsAwaited(target.Trust) && stack.Time.GetElapsedTime(since) < patience) await Task.Delay(s_step, stack.Time, stop).ConfigureAwait(false);
        return Recording.Alone(jobs, await RunAsync().ConfigureAwait(false));

        TimeSpan Left() => timeout - stack.Time.GetElapsedTime(start);
        Task<IReadOnlyList<ProbeResult>> RunAsync() => survey.RunAsync(jobs, ProbeTime.Strict(Left()), MostOfOne, null, stop);
    }

    public void Dispose() => _places.Dispose();

    private async Task<ProbeResult> InItsTurnAsync(ProbeJob job, ProbeRun run, CancellationToken stop)
    {
        await _places.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            return await stack.Probe(job, run with { Before = before(job.Key) }, stop).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }
}
