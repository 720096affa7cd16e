using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>The verdict on a handshake in one word, for lists and counts. The names are a contract.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Condition>))]
internal enum Condition
{
    /// <summary>Everything is as configured.</summary>
    Healthy,

    /// <summary>The server does not accept our credential.</summary>
    Refused,

    /// <summary>The server made no decision. For a credential that it must refuse: it is not known whether it would.</summary>
    Failed,

    /// <summary>The server let in a credential that it must refuse.</summary>
    NotEnforced,

    /// <summary>The server accepts us and never asks for our certificate: it would accept any client.</summary>
    NotRequested,

    /// <summary>The server gave no sign of acceptance or refusal.</summary>
    Unconfirmed,

    /// <summary>The server accepts us, but something else is not as configured.</summary>
    Faulty,

    /// <summary>Not probed yet.</summary>
    Pending,
}

/// <summary>The rule that gives a handshake its <see cref="Condition"/>.</summary>
internal static class Conditions
{
    /// <summary>The number of conditions; their values count from 0.</summary>
    public const int Count = (int)Condition.Pending + 1;

    /// <param name="result">Null before the first probe.</param>
    public static Condition Of(ProbeResult? result) => result is null ? Condition.Pending : Of(result.Expect, result.Outcome, result.Failure?.Reason);

    /// <param name="failure">Null on success.</param>
    public static Condition Of(Expectation expect, Outcome outcome, Reason? failure) => (expect, outcome) switch
    {
        _ when failure is null => Condition.Healthy,
        (_, Outcome.Unconfirmed) => Condition.Unconfirmed,
        (Expectation.Reject, Outcome.Accepted) => Condition.NotEnforced,
        (Expectation.Accept, Outcome.Accepted) => failure == Reasons.NotRequested ? Condition.NotRequested : Condition.Faulty,
        (Expectation.Accept, Outcome.Rejected) => Condition.Refused,
        _ => Condition.Failed,
    };

    /// <summary>0 is the most urgent.</summary>
    public static int Severity(this Condition condition) => condition switch
    {
        Condition.Refused => 0,
        Condition.NotEnforced => 1,
        Condition.NotRequested => 2,
        Condition.Failed => 3,
        Condition.Faulty => 4,
        Condition.Unconfirmed => 5,
        Condition.Pending => 6,
        _ => 7,
    };
}
