using System.Text.Json.Serialization;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>One identity at one target: what is expected, and what was found. In JSON the order of the members is the order of the object.</summary>
/// <param name="Expected">Null if the configuration does not mention this pair.</param>
/// <param name="By">The key of the configuration that sets the expectation.</param>
/// <param name="Found">
/// The worst result among its addresses: first one that contradicts the expectation, then one that is not known. Null while one of them has not been
/// probed and none contradicts.
/// </param>
/// <param name="Addresses">Each address of the target.</param>
internal sealed record AccessPair(string Identity, Expectation? Expected, AccessKey? By, Access? Found, AccessState State, ValueList<AccessSight> Addresses)
{
    /// <param name="sights">At least one.</param>
    public static AccessPair Of(Target target, string identity, bool isDeclared, ValueList<AccessSight> sights)
    {
        var key = KeyOf(target, identity, isDeclared);
        Expectation? expected = key switch
        {
            null => null,
            AccessKey.Identity or AccessKey.Accepts => Expectation.Accept,
            _ => Expectation.Reject,
        };
        var worst = sights.MaxBy(sight => Severity(expected, sight.Found))!.Found;
        return new AccessPair(identity, expected, key, worst, worst is { } found ? StateOf(expected, found) : AccessState.Pending, sights);
    }

    private static AccessKey? KeyOf(Target target, string identity, bool isDeclared) =>
        !isDeclared ? null
        : target.Identity == identity ? AccessKey.Identity
        : target.Accepts.Contains(identity) ? AccessKey.Accepts
        : target.MustRejectOthers ? AccessKey.Others
        : AccessKey.MustReject;

    /// <summary>First what contradicts, then what is not known, then what fits. If nothing is expected, acceptance says most.</summary>
    private static int Severity(Expectation? expected, Access? found) => (expected, found) switch
    {
        (Expectation.Accept, Access.Rejected) or (not Expectation.Accept, Access.Accepted) => 3,
        (_, Access.Unknown) => 2,
        (_, null) => 1,
        _ => 0,
    };

    private static AccessState StateOf(Expectation? expected, Access found) => (expected, found) switch
    {
        (_, Access.Unknown) => AccessState.Unknown,
        (Expectation.Accept, Access.Rejected) => AccessState.UnexpectedRefusal,
        (Expectation.Reject, Access.Accepted) => AccessState.UnexpectedAccess,
        (null, Access.Accepted) => AccessState.Undeclared,
        (null, _) => AccessState.Closed,
        _ => AccessState.AsExpected,
    };
}

/// <summary>How one address of a target treated an identity.</summary>
/// <param name="Found">Null before the first probe.</param>
/// <param name="Reason">Of the taxonomy, if the server refused, if nothing is known, or if it accepted what it must refuse.</param>
/// <param name="Requested">Whether the server asked for a certificate at all; null if that is not known.</param>
internal sealed record AccessSight(string Address, Access? Found, Evidence? Evidence, string? Reason, bool? Requested, DateTimeOffset? At)
{
    public static AccessSight Of(string address, ProbeResult? result) => result is null
        ? new AccessSight(address, null, null, null, null, null)
        : new AccessSight(address, FoundOf(result.Outcome), result.Evidence, result.Failure?.Reason.Label, result.ClientCertificate?.Requested, result.At)
        {
            Headline = result.Failure?.Detail is { Length: > 0 } detail ? detail : result.Failure?.Reason.Sentence,
        };

    /// <summary>The reason as text.</summary>
    [JsonIgnore]
    public string? Headline { get; init; }

    private static Access FoundOf(Outcome outcome) => outcome switch
    {
        Outcome.Accepted => Access.Accepted,
        Outcome.Rejected => Access.Rejected,
        _ => Access.Unknown,
    };
}

/// <summary>How a server treats an identity, as far as there is evidence.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Access>))]
internal enum Access
{
    Accepted,
    Rejected,

    /// <summary>There is no evidence for either.</summary>
    Unknown,
}

/// <summary>The key of a target that sets the expectation for an identity.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<AccessKey>))]
internal enum AccessKey
{
    Identity,
    Accepts,
    MustReject,

    /// <summary><c>must_reject: others</c>.</summary>
    Others,
}

/// <summary>The expected and the actual result, in one word. The names are a contract.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<AccessState>))]
internal enum AccessState
{
    AsExpected,

    /// <summary>Accepted, but must be refused.</summary>
    UnexpectedAccess,

    /// <summary>Refused, but must be accepted.</summary>
    UnexpectedRefusal,

    /// <summary>No evidence either way.</summary>
    Unknown,

    /// <summary>Not probed yet.</summary>
    Pending,

    /// <summary>Accepted, and not mentioned in the configuration.</summary>
    Undeclared,

    /// <summary>Refused, and not mentioned in the configuration.</summary>
    Closed,
}
