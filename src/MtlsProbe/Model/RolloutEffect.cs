using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>The effect of a new credential at a server. The words in JSON are a contract.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<RolloutEffect>))]
internal enum RolloutEffect
{
    /// <summary>The server accepts it.</summary>
    Accepts,

    /// <summary>The server refuses it, or answers with an error status that the current credential does not get.</summary>
    Breaks,

    /// <summary>The server refuses it, and the current one as well.</summary>
    RefusesBoth,

    /// <summary>Not known: the server was not reached, is not trusted, gave no sign, or did not receive the credential.</summary>
    Unknown,
}

/// <summary>The rule that gives a new credential its <see cref="RolloutEffect"/>: the same rule for a preflight and for an observed rotation.</summary>
internal static class RolloutEffects
{
    /// <summary>
    /// A credential that the server accepts counts as accepted, regardless of other faults. But if the application serves the current credential, it
    /// must serve the new one too.
    /// </summary>
    /// <param name="current">The server's result for the credential in use; null if there is none.</param>
    /// <param name="next">The server's result for the new one; null if it was not tested.</param>
    public static RolloutEffect Of(ProbeResult? current, ProbeResult? next) => next switch
    {
        { Outcome: Outcome.Rejected } => current?.Outcome == Outcome.Rejected ? RolloutEffect.RefusesBoth : RolloutEffect.Breaks,
        { Outcome: Outcome.Accepted } when IsWithheld(next) => RolloutEffect.Unknown,
        { Outcome: Outcome.Accepted, Failure: { Class: FailureClass.Application } failure } => Unserved(current, failure),
        { Outcome: Outcome.Accepted } => RolloutEffect.Accepts,
        _ => RolloutEffect.Unknown,
    };

    /// <summary>
    /// The server asked for a certificate and accepted us without one: libssl sent none, because the request does not allow a key of its type (RFC
    /// 8446 §4.4.2.3). That proves nothing about the credential.
    /// </summary>
    public static bool IsWithheld(ProbeResult result) =>
        result.Identity != Identity.None && result is { Outcome: not Outcome.Failed, ClientCertificate: { Requested: true, Presented: null } };

    /// <summary>
    /// The server accepted the new credential, and the application answered with an unexpected status. The application's answer to the current
    /// credential decides, regardless of other faults of that probe. Without such an answer there is nothing to compare with.
    /// </summary>
    private static RolloutEffect Unserved(ProbeResult? current, Failure failure)
    {
        if (current?.Outcome != Outcome.Accepted) return RolloutEffect.Unknown;
        if (current.Failure is not { Class: FailureClass.Application } before) return RolloutEffect.Breaks;
        return before.Detail == failure.Detail ? RolloutEffect.Accepts : RolloutEffect.Unknown; // The detail has the status and its sender.
    }
}
