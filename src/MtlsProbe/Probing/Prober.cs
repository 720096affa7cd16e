using MtlsProbe.Chains;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Probing;

/// <summary>Runs one probe from job to verdict. It answers with a result whatever happens; only the caller's own cancellation throws.</summary>
internal sealed partial class Prober(Handshaker handshaker, MaterialStore materials, TimeProvider time, ILogger<Prober> log)
{
    /// <param name="eventDelays">Takes how late each event of the network was handled; null: nobody wants to know.</param>
    public static Prober Create(MaterialStore materials, Resolver resolver, TimeProvider time, ILoggerFactory logs, Histogram? eventDelays = null) => new(
        new Handshaker(resolver, new ChainJudge(), time, delay => eventDelays?.Observe(delay.TotalSeconds)), materials, time, logs.CreateLogger<Prober>());

    /// <param name="limits">For the whole probe, from DNS to confirmation.</param>
    /// <exception cref="OperationCanceledException">The caller stopped.</exception>
    public async Task<ProbeResult> ProbeAsync(ProbeJob job, ProbeTime limits, CancellationToken cancellation)
    {
        try
        {
            return Judge.Result(job, await ObserveAsync(job, limits, cancellation).ConfigureAwait(false), ExpectedOf(job.Target.Expect));
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            LogFault(log, e, job.Key.Target, job.Key.Address);
            return Judge.Result(job, Unprobed(new Ending(Phase.Identity, EndingKind.Internal, $"{e.GetType().Name}: {e.Message}")), Expected.Nothing);
        }
    }

    private Task<Observation> ObserveAsync(ProbeJob job, ProbeTime limits, CancellationToken cancellation)
    {
        if (job.Unreachable is { } unreachable) return Task.FromResult(Unprobed(unreachable));
        var credential = materials.Credential(job.Key.Identity, job.Key.Slot);
        if (credential.Credential is null && job.Key.Identity != Identity.None) return Broken(credential.Fault, $"identity {job.Key.Identity}");
        var trust = materials.Trust(job.Target.Trust);
        return trust.Bundle is { } bundle
            ? handshaker.ObserveAsync(job.Target, credential.Credential, bundle, limits, cancellation, mustReject: job.Key.Expect == Expectation.Reject)
            : Broken(trust.Fault, $"trust {job.Target.Trust}");
    }

    private Expected ExpectedOf(CertificateExpectation expect) => expect is (null, null)
        ? Expected.Nothing
        : new Expected(
            expect.ServerCertificate is { } leaf ? materials.Pin(leaf) : null,
            expect.Issuer is { } issuer ? materials.Pin(issuer) : null);

    private Task<Observation> Broken(MaterialFault? fault, string what) => Task.FromResult(Unprobed(
        new Ending(Phase.Identity, EndingKind.Material, fault?.Detail ?? $"{what} is not loaded") { Material = fault?.Reason ?? Reasons.NotFound }));

    private Observation Unprobed(Ending ending) => new() { At = time.GetUtcNow(), Ending = ending, Timings = new Timings { Total = 0 } };

    [LoggerMessage(Level = LogLevel.Error, Message = "Probing {target} at {address} failed by a fault of this program; please report it")]
    private static partial void LogFault(ILogger logger, Exception exception, string target, string address);
}
