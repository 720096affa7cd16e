using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>The verdict on one handshake before it becomes a result.</summary>
internal sealed record Verdict(Outcome Outcome, Evidence? Evidence, Failure? Failure)
{
    public static Verdict Accepted(Evidence evidence) => new(Outcome.Accepted, evidence, null);

    public static Verdict Rejected(FinalEvent ending, Reason reason, Evidence evidence) =>
        new(Outcome.Rejected, evidence, new Failure(ending.Phase, reason, ending.Alert, ending.Detail));

    public static Verdict Failed(FinalEvent ending, Reason reason) => new(Outcome.Failed, null, new Failure(ending.Phase, reason, ending.Alert, ending.Detail));

    /// <summary>The server gave no sign whether it accepts the credential.</summary>
    public static Verdict Unconfirmed(FinalEvent ending, Evidence evidence, string detail) =>
        new(Outcome.Unconfirmed, evidence, new Failure(Phase.Confirm, Reasons.NoConfirmation, null, detail));
}
