using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Forecast;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Revocation;
using MtlsProbe.Trust;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Probing;

/// <summary>Runs one probe from job to verdict. It always returns a result; only the caller's own cancellation throws.</summary>
/// <param name="issuers">Issuers seen in the fleet, to which new ones are added; null: each server is judged alone.</param>
/// <param name="evidence">Evidence of revocation, which learns from the chains seen.</param>
/// <param name="own">The revocation of our own credentials.</param>
internal sealed partial class Prober(
    Handshaker handshaker, ChainJudge chains, MaterialStore materials, IssuersSeen? issuers, EvidenceStore evidence, OwnRevocation own, TimeProvider time, ILogger<Prober> log)
{
    private readonly Forecaster _forecaster = new(chains);

    /// <exception cref="OperationCanceledException">The caller stopped.</exception>
    public async Task<ProbeResult> ProbeAsync(ProbeJob job, ProbeRun run, CancellationToken cancellation)
    {
        try
        {
            var trust = materials.Trust(job.Target.Trust); // the one that the chain is judged with: its file may be replaced meanwhile
            var wasAwaited = evidence.IsAwaited(job.Target.Trust); // evidence that arrived after the chain was judged was not known then
            var seen = await ObserveAsync(job, trust, run, cancellation).ConfigureAwait(false);
            issuers?.Learn(job.Key.Target, seen.ServerCertificates);
            evidence.Learn(job.Target.Trust, seen.Chain, seen.ServerCertificates);
            if (seen.Credential.Count > 0) seen = seen with { OwnRevocation = own.Of(seen.Credential).Lines };
            if (seen is { ClientCertificate.IssuerAcceptable: false, Credential: [var leaf, ..] }) seen = seen with { IsIssuedByRoot = IsIssuedByRoot(leaf) };
            var result = Judge.Result(job, seen, ExpectedOf(job.Target.ExpectedCertificates));
            if (LacksEvidenceOnly(result)) result = result with { IsAwaitingEvidence = wasAwaited || evidence.IsAwaited(job.Target.Trust) };
            return trust.Bundle is { } bundle ? result with { Outlook = _forecaster.Of(result, seen.Credential, bundle, materials.Bundles) } : result;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            var isScarcity = Scarcity.Is(e);
            if (isScarcity) LogScarcity(log, job.Key.Target, job.Key.Address, e.Message);
            else LogFault(log, e, job.Key.Target, job.Key.Address);
            return Judge.Result(job, Unprobed(new FinalEvent(Phase.Identity, FinalEventKind.Internal, $"{e.GetType().Name}: {e.Message}") { IsScarcity = isScarcity }), Pins.None);
        }
    }

    /// <summary>A result judged again with the issuers learned since: another server may have presented the certificate that this one omits.</summary>
    public ProbeResult Reconsider(ProbeJob job, ProbeResult result) =>
        result.Chain?.StopsAt is not null && materials.Trust(job.Target.Trust).Bundle is { } trust
            ? Judge.WithChain(result, chains.Judge(result.ServerCertificates, trust, job.Target.Reference, result.At, result.StapledOcsp))
            : result;

    /// <summary>By name and signature: an authority with a new key keeps its name.</summary>
    private bool IsIssuedByRoot(Certificate leaf) => materials.IssuersOf(leaf, trust: "").Any(
        known => known.Certificate.IsSelfIssued && CertificateSignature.IsSignedBy(leaf.Der.Span, known.Certificate.Der.Span));

    /// <summary>Not a refusal by the server: no evidence changes it.</summary>
    private static bool LacksEvidenceOnly(ProbeResult result) =>
        result.Failure?.Reason == Reasons.RevocationUnknown && result.Chain is { } chain && chain.Errors.All(error => error == Reasons.RevocationUnknown);

    private Task<Observation> ObserveAsync(ProbeJob job, LoadedTrust trust, ProbeRun run, CancellationToken cancellation)
    {
        if (job.Unreachable is { } unreachable) return Task.FromResult(Unprobed(unreachable));
        var credential = job.Credential.Now;
        if (credential.Credential is null && job.Key.Identity != Identity.None) return Broken(credential.Fault, $"identity {job.Key.Identity}");
        if (trust.Bundle is not { } bundle) return Broken(trust.Fault, $"trust {job.Target.Trust}");
        var password = job.Target.Protocol.Login is PasswordLogin { PasswordFile: var file } ? materials.Secret(file) : null;
        return password is { Secret: null }
            ? Broken(password.Fault, "the password")
            : handshaker.ObserveAsync(job.Target, credential.Credential, password?.Secret, bundle, run, cancellation, mustReject: job.Key.Expect == Expectation.Reject);
    }

    private Pins ExpectedOf(ExpectedCertificates expect) => expect is (null, null)
        ? Pins.None
        : new Pins(
            expect.ServerCertificate is { } leaf ? materials.Pin(leaf) : null,
            expect.Issuer is { } issuer ? materials.Pin(issuer) : null);

    private Task<Observation> Broken(MaterialFault? fault, string what) => Task.FromResult(Unprobed(
        new FinalEvent(Phase.Identity, FinalEventKind.Material, fault?.Detail ?? $"{what} is not loaded") { Material = fault?.Reason ?? Reasons.NotFound }));

    private Observation Unprobed(FinalEvent ending) => new() { At = time.GetUtcNow(), FinalEvent = ending, Timings = new Timings { Total = 0 } };

    [LoggerMessage(Level = LogLevel.Error, Message = "Probing {target} at {address} failed because memory, threads or file descriptors ran out: {detail}")]
    private static partial void LogScarcity(ILogger logger, string target, string address, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "Probing {target} at {address} failed because of a bug in MtlsProbe; please report it")]
    private static partial void LogFault(ILogger logger, Exception exception, string target, string address);
}
