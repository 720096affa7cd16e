using System.Net.Sockets;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using static MtlsProbe.Verdicts.Verdict;

namespace MtlsProbe.Verdicts;

/// <summary>
/// Turns an observation into a verdict. A pure function. Its law: a refusal needs evidence, and so does acceptance; anything else is reported as
/// neither.
/// </summary>
internal static class Judge
{
    /// <param name="expected">The certificates that the server should present.</param>
    public static ProbeResult Result(ProbeJob job, Observation seen, Pins expected)
    {
        var mustReject = job.Key.Expect == Expectation.Reject;
        var verdict = Trusted(Verdict(job.Target, seen), seen, mustReject);
        var isWithheld = IsWithheld(job, seen);
        if (isWithheld && verdict is { Outcome: Outcome.Rejected, Failure: { } refusal }) verdict = verdict with { Failure = refusal with { Hint = Reasons.WithheldHint } };
        if (isWithheld && verdict.Outcome == Outcome.Accepted) verdict = Unshown(verdict, "the server let us in without our certificate; its request did not allow us to send it", Reasons.WithheldHint);
        verdict = mustReject
            ? Enforced(verdict, seen, isWithheld)
            : verdict with { Failure = NotRequested(job, seen, verdict) ?? verdict.Failure ?? expected.Failure(seen) };

        return new ProbeResult
        {
            Target = job.Key.Target,
            Address = job.Key.Address,
            Remote = seen.Remote?.ToString(),
            Way = seen.Way ?? WayFacts.Of(job.Target.Way),
            Identity = job.Key.Identity,
            Slot = job.Key.Slot,
            Expect = job.Key.Expect,
            At = seen.At,
            Outcome = verdict.Outcome,
            Success = verdict.Failure is null,
            Failure = verdict.Failure is { } failure ? failure with { Hint = Advice.Of(AdviceFacts.Of(job, seen, verdict, failure, isWithheld)) } : null,
            Evidence = verdict.Evidence,
            Confirmed = ConfirmedBy(verdict, seen),
            Control = seen.Control,
            Tls = seen.Tls,
            ClientCertificate = seen.ClientCertificate,
            ServerCertificates = seen.ServerCertificates,
            Chain = seen.Chain,
            Expected = mustReject ? Pins.None.Facts(seen) : expected.Facts(seen),
            ServerClock = seen.ServerClock is { } clock ? clock with { Machine = seen.Remote?.Address.ToString() } : null,
            StapledOcsp = seen.StapledOcsp,
            Timings = seen.Timings,
        };
    }

    /// <summary>Judges an earlier result with an invalid chain again. If the chain is still invalid, only the reason can have changed.</summary>
    public static ProbeResult WithChain(ProbeResult result, ChainVerdict chain) => result with
    {
        Chain = chain,
        Failure = result.Failure is { Class: FailureClass.ServerCertificate } ? OfChain(chain) : result.Failure,
    };

    /// <summary>
    /// An untrusted server got no request, and its acceptance proves nothing. Its refusal is still a refusal, but does not prove that our server
    /// enforces anything: it may be a different server.
    /// </summary>
    private static Verdict Trusted(Verdict verdict, Observation seen, bool mustReject)
    {
        if ((mustReject || verdict.Outcome != Outcome.Rejected) && seen.Chain is { Valid: false } chain)
            return new(Outcome.Failed, null, OfChain(chain));
        return verdict.Outcome == Outcome.Accepted && seen.Chain is null
            ? new(Outcome.Failed, null, new Failure(Phase.Handshake, Reasons.InternalFault, null, "the server's chain was not checked"))
            : verdict;
    }

    private static Failure OfChain(ChainVerdict chain) =>
        new(Phase.Handshake, chain.Faults[0].Error, null, string.Join("; ", chain.Faults.Select(fault => fault.Detail))) { Hint = chain.Faults[0].Hint };

    /// <summary>We have a certificate and the server asked for one, but libssl sent none, because the key does not fit what the request allows.</summary>
    private static bool IsWithheld(ProbeJob job, Observation seen) =>
        job.Key.Identity != Identity.None && seen is { CertificateAnswered: true, ClientCertificate: { Requested: true, Presented: null } };

    /// <summary>
    /// The server must refuse this credential. A probe without a decision proves nothing; nor does the refusal of a client that could not present the
    /// credential.
    /// </summary>
    private static Verdict Enforced(Verdict verdict, Observation seen, bool isWithheld) => verdict.Outcome switch
    {
        Outcome.Rejected when !isWithheld => verdict with { Failure = null },
        Outcome.Accepted when Doubt(seen) is { } doubt => Unshown(verdict, $"{seen.FinalEvent.Detail}: {doubt.Why}", doubt.Hint),
        Outcome.Accepted => verdict with { Failure = new Failure(Phase.Confirm, Reasons.NotRefused, null, LetIn(verdict, seen)) },
        _ => verdict,
    };

    /// <summary>
    /// If the server did not ask for a credential, neither in the handshake nor for the request, the credential was not tested: the server accepts
    /// any client. This takes precedence over other faults, because it can be their cause. Null if this is not the case, not known, or configured as
    /// expected.
    /// </summary>
    private static Failure? NotRequested(ProbeJob job, Observation seen, Verdict verdict)
    {
        if (verdict.Outcome != Outcome.Accepted || job.Key.Identity == Identity.None || !job.Target.RequestExpected) return null;
        if (seen.ClientCertificate is not { Requested: false }) return null;
        var also = verdict.Failure is { Reason: var other } ? $"; also {other.Class.Label()} {other.Label}" : "";
        return new Failure(Phase.Confirm, Reasons.NotRequested, null, LetIn(verdict, seen) + also);
    }

    /// <summary>The server continued, but did not show whether it accepts the credential.</summary>
    private static Verdict Unshown(Verdict verdict, string detail, string? hint)
    {
        var failure = new Failure(Phase.Confirm, Reasons.NoConfirmation, null, detail);
        return new(Outcome.Unconfirmed, verdict.Evidence, hint is null ? failure : failure with { Hint = hint });
    }

    private static string LetIn(Verdict verdict, Observation seen)
    {
        var asked = seen.Asked ? "the server asked for a client certificate" : "the server did not ask for a client certificate";
        var shown = seen.ClientCertificate?.Presented is { } ours ? $", was shown {ours}" : seen.Asked ? ", was shown none" : "";
        var answer = seen.FinalEvent is { Answer: not null, Detail.Length: > 0 } ? $" ({seen.FinalEvent.Detail})" : "";
        return $"{asked}{shown} and let us in{answer}";
    }

    private static Verdict Verdict(Target target, Observation seen)
    {
        var ending = seen.FinalEvent;
        return ending.Kind switch
        {
            _ when ending.IsScarcity => Scarce(ending),
            FinalEventKind.Material => Failed(ending, ending.Material ?? Reasons.BadFormat),
            FinalEventKind.NameNotFound => Failed(ending, Reasons.DnsNotFound),
            FinalEventKind.LookupFailed => Failed(ending, Reasons.DnsFailed),
            FinalEventKind.ConnectFailed => Failed(ending, ConnectReason(ending.SocketError)),
            FinalEventKind.SourceUnusable => Failed(ending, Reasons.SourceUnusable),
            FinalEventKind.ProxyFailed => Failed(ending, Reasons.ProxyFailed),
            FinalEventKind.ProxyRefused => Failed(ending, Reasons.ProxyRefused),
            FinalEventKind.UpgradeRefused => Failed(ending, Reasons.StarttlsRefused),
            FinalEventKind.NotTls => Failed(ControlJudge.OnTheWay(ending, seen), Reasons.NotTls),
            FinalEventKind.LibraryError => Failed(ending, LibraryReason(ending)),
            FinalEventKind.Timeout => Timeout(ending, seen),
            FinalEventKind.Alert => Alert(ending, seen),
            FinalEventKind.EndOfStream or FinalEventKind.CloseNotify or FinalEventKind.Reset when ending.AnswerBegun => ControlJudge.SpokeAndClosed(ending),
            FinalEventKind.EndOfStream or FinalEventKind.CloseNotify or FinalEventKind.Reset => ControlJudge.ClosedFirst(ending, seen),
            FinalEventKind.CloseAnswered => ControlJudge.CloseAnswered(ending, seen),
            FinalEventKind.RequestUnanswered => Unanswered(ControlJudge.OnTheWay(ending, seen), seen, Reasons.ApplicationClosed, Evidence.Closed),
            FinalEventKind.TalksOn => ControlJudge.Kept(ending, seen),
            FinalEventKind.NotUnderstood when target.Protocol.Question is { } question => Unanswered(ending, seen, question.NotUnderstood, Evidence.ApplicationData),
            FinalEventKind.OtherProtocol when target.Protocol.Question is { } question => Unanswered(ending, seen, question.NotUnderstood, null),
            FinalEventKind.Answered when ending.Answer is { } answer => Answered(ending, answer, seen),
            _ => Failed(ending, Reasons.InternalFault),
        };
    }

    private static Verdict Scarce(FinalEvent ending) =>
        new(Outcome.Failed, null, new Failure(ending.Phase, Reasons.InternalFault, null, ending.Detail) { Hint = Reasons.ScarcityHint });

    private static Reason ConnectReason(SocketError? error) => error switch
    {
        SocketError.ConnectionRefused => Reasons.ConnectionRefused,
        SocketError.TimedOut => Reasons.ConnectTimeout,
        SocketError.ConnectionReset or SocketError.ConnectionAborted => Reasons.ConnectionReset,
        _ => Reasons.Unreachable,
    };

    private static Reason LibraryReason(FinalEvent ending) => ending.LibraryError switch
    {
        { IsVersion: true } => Reasons.ProtocolVersion,
        { IsCipher: true } => Reasons.NoSharedCipher,
        _ => Reasons.TlsError,
    };

    /// <summary>Silence is never a refusal.</summary>
    private static Verdict Timeout(FinalEvent ending, Observation seen) => ending.Phase switch
    {
        Phase.Dns => Failed(ending, Reasons.DnsFailed),
        Phase.Connect => Failed(ending, Reasons.ConnectTimeout),
        Phase.Starttls or Phase.Handshake => Failed(ending, Reasons.HandshakeTimeout),
        Phase.Application => Unanswered(ending, seen, Reasons.ApplicationTimeout, Evidence.Silence),
        Phase.Confirm => ControlJudge.Kept(ending, seen),
        _ => new(Outcome.Unconfirmed, Evidence.Silence, new Failure(Phase.Confirm, Reasons.NoConfirmation, null, ending.Detail)),
    };

    private static Verdict Alert(FinalEvent ending, Observation seen)
    {
        var alert = ending.Alert ?? default;
        var isAnonymous = seen.ClientCertificate?.Presented is null;
        return seen is { Asked: true, CertificateAnswered: true } && AlertReasons.Refusal(alert, isAnonymous) is { } refusal
            ? Rejected(ending, refusal, Evidence.Alert)
            : Failed(ending, AlertReasons.Protocol(alert));
    }

    /// <summary>If a request was sent, only the answer shows whether the server accepts the credential, even in TLS 1.2 and after a ticket.</summary>
    private static Verdict Unanswered(FinalEvent ending, Observation seen, Reason reason, Evidence? evidence)
    {
        var late = seen.AskedAgain ? "; it had asked for a certificate after the request, and may have refused it" : "";
        return new(Outcome.Unconfirmed, evidence, new Failure(ending.Phase, reason, null, ending.Detail + late));
    }

    /// <summary>A server that asked for no certificate refuses none: whatever else it answers, it has accepted us, except if it refuses a login.</summary>
    private static Verdict Answered(FinalEvent ending, ServerAnswer answer, Observation seen) => answer switch
    {
        _ when seen.Unsure => Unconfirmed(ending, answer.Evidence, ending.Detail + "; servers also send this without a request, and there was no time for a second probe"),
        { Kind: AnswerKind.Elsewhere } => Failed(ending, answer.Cause),
        { Kind: AnswerKind.Refused, OnlyWithout: true } when seen is { Asked: true, ClientCertificate.Presented: not null } =>
            Unconfirmed(ending, answer.Evidence, ending.Detail + answer.Missing),
        { Kind: AnswerKind.Refused } when seen.Asked => Rejected(ending, answer.Cause, answer.Evidence),
        { Kind: AnswerKind.Refused, IsLoginFailure: true } => Unconfirmed(ending, answer.Evidence, ending.Detail + ", and had asked for no certificate"),
        { Kind: AnswerKind.Unclear, WhyUnclear: { } reason } when seen.Asked || answer.IsLoginFailure => new(Outcome.Unconfirmed, answer.Evidence, new Failure(ending.Phase, reason, null, ending.Detail + answer.Missing)),
        { Kind: AnswerKind.Unclear } when seen.Asked || answer.IsLoginFailure => Unconfirmed(ending, answer.Evidence, ending.Detail + answer.Missing),
        { Unexpected: { } reason } => new(Outcome.Accepted, answer.Evidence, new Failure(Phase.Application, reason, null, ending.Detail)),
        _ => Accepted(answer.Evidence),
    };

    /// <summary>Null if no answer in the protocol has shown acceptance.</summary>
    private static Confirmed? ConfirmedBy(Verdict verdict, Observation seen) => verdict switch
    {
        { Outcome: Outcome.Accepted, Evidence: Evidence.ProtocolAnswer } when seen.FinalEvent.Answer is { Kind: AnswerKind.LetIn } answer =>
            answer.IsLogin ? Confirmed.Login : Confirmed.Session,
        _ => null,
    };

    private static Doubt? Doubt(Observation seen) =>
        seen.FinalEvent.Answer?.Doubt is { } doubt && (doubt.Asked is null || doubt.Asked == seen.Asked) ? doubt : null;
}
