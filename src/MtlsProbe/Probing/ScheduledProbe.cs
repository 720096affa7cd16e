using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Probing;

/// <summary>Runs the probe of a job and passes its result on. An error in either ends in a result or a log line, and never reaches the schedule.</summary>
/// <param name="probe">As in <see cref="Scheduler"/>.</param>
/// <param name="done">As in <see cref="Scheduler"/>.</param>
internal sealed partial class ScheduledProbe(
    Func<ProbeJob, Action, CancellationToken, Task<ProbeResult>> probe, Action<ProbeJob, ProbeResult> done, TimeProvider time, ILogger<Scheduler> log)
{
    /// <summary>Never throws.</summary>
    /// <param name="job">The job at the time when its probe began.</param>
    /// <param name="mayWait">Decides whether a result may wait for evidence of revocation that is being fetched.</param>
    /// <param name="handshakeOver">Called once, when its handshake has ended.</param>
    /// <returns>False: the verdict needs evidence that is being fetched, so the result was not passed on.</returns>
    public async Task<bool> RunAsync(ScheduledJob scheduled, ProbeJob job, Action handshakeOver, Func<bool> mayWait)
    {
        try
        {
            var result = await ResultAsync(job, handshakeOver, scheduled.Cancellation.Token).ConfigureAwait(false);
            if (result.IsAwaitingEvidence && mayWait()) return false;
            if (!scheduled.Removed) done(job, result);
        }
        catch (Exception e)
        {
            // Cancelled: this result is no longer needed. Anything else is a fault of the receiver of results.
            if (!scheduled.Removed) LogFault(e, job.Key.Target, job.Key.Address, job.Key.Identity);
        }

        return true;
    }

    private async Task<ProbeResult> ResultAsync(ProbeJob job, Action handshakeOver, CancellationToken stop)
    {
        var (at, started) = (time.GetUtcNow(), time.GetTimestamp());
        try
        {
            return await probe(job, handshakeOver, stop).ConfigureAwait(false);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            LogFault(e, job.Key.Target, job.Key.Address, job.Key.Identity);
            return Judge.Result(job, new Observation
            {
                At = at,
                FinalEvent = new FinalEvent(Phase.Identity, FinalEventKind.Internal, $"the probe ended with {e.GetType().Name}; the log has the rest") { IsScarcity = Scarcity.Is(e) },
                Timings = new Timings { Total = time.GetElapsedTime(started).TotalSeconds },
            }, Pins.None);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Target}: the probe of {Address} with identity {Identity} failed because of a bug in MtlsProbe")]
    private partial void LogFault(Exception fault, string target, string address, string identity);
}
