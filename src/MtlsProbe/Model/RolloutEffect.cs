using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>What a new credential does to a server. The words in JSON are a contract.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<RolloutEffect>))]
internal enum RolloutEffect
{
    /// <summary>The server accepts it.</summary>
    Accepts,

    /// <summary>The server refuses it, or answers it with a status that the current one does not get.</summary>
    Breaks,

    /// <summary>The server refuses it, and the current one as well.</summary>
    RefusesBoth,

    /// <summary>Nobody knows: the server was not reached, is not trusted, gave no sign, or was not shown the credential.</summary>
    Unknown,
}

/// <summary>The rule that gives a new credential its <see cref="RolloutEffect"/>: one for the preflight and for a rotation that is watched.</summary>
internal static class RolloutEffects
{
    /// <summary>
    /// Accepted is what the server accepts, whatever else is wrong with it. But where the application serves the current credential, it
    /// has to serve the new one as well.
    /// </summary>
    /// <param name="current">What the server did with the credential in use.</param>
    /// <param name="next">With the new one; null where it was not tried.</param>
    public static RolloutEffect Of(ProbeResult current, ProbeResult? next) => next switch
    {
        { Outcome: Outcome.Rejected } => current.Outcome == Outcome.Rejected ? RolloutEffect.RefusesBoth : RolloutEffect.Breaks,
        { Outcome: Outcome.Accepted } when IsWithheld(next) => RolloutEffect.Unknown,
        { Outcome: Outcome.Accepted, Failure: { Class: FailureClass.Application } failure } => Unserved(current, failure),
        { Outcome: Outcome.Accepted } => RolloutEffect.Accepts,
        _ => RolloutEffect.Unknown,
    };

    /// <summary>
    /// The server asked for a certificate and let us in without one: libssl sent none, since the request does not allow a key of its type
    /// (RFC 8446 §4.4.2.3). That shows nothing of the credential.
    /// </summary>
    public static bool IsWithheld(ProbeResult result) =>
        result.Identity != Identity.None && result is { Outcome: not Outcome.Failed, ClientCertificate: { Requested: true, Presented: null } };

    /// <summary>
    /// The server let the new credential in, and the application answered with a status that is not expected. What the current one got
    /// from the application decides, whatever else is wrong with that probe; where it was no answer, there is nothing to compare with.
    /// </summary>
    private static RolloutEffect Unserved(ProbeResult current, Failure failure)
    {
        if (current.Outcome != Outcome.Accepted) return RolloutEffect.Unknown;
        if (current.Failure is not { Class: FailureClass.Application } before) return RolloutEffect.Breaks;
        return before.Detail == failure.Detail ? RolloutEffect.Accepts : RolloutEffect.Unknown; // it has the status, and who gave it
    }
}
