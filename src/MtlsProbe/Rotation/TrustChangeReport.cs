using System.Text.Json.Serialization;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>The effect of a new trust bundle on the servers. In JSON the order of the members is the order of the object.</summary>
internal sealed record TrustChangeReport
{
    public required string Trust { get; init; }

    /// <summary>Every server's chain is valid with the new bundle alone, and with old and new together.</summary>
    public required bool Ready { get; init; }

    /// <summary>
    /// Whether the new anchors may be added, and whether the old ones may then be removed, with numbers and the servers that are not ready.
    /// </summary>
    public required string Summary { get; init; }

    public required ValueList<PreflightWarning> Warnings { get; init; }

    public required ValueList<TrustChangeVerdict> Results { get; init; }

    [JsonIgnore]
    public ValueList<Certificate> NewAnchors { get; init; } = [];
}

/// <summary>One server's chain with three bundles; each verdict is null if the server presented no chain.</summary>
internal sealed record TrustChangeVerdict([property: JsonIgnore] ProbedServer Server)
{
    public string Target => Server.Target.Name;

    public string Address => Server.Address;

    public TrustChangeEffect Effect => this switch
    {
        { IsUnknown: true } => TrustChangeEffect.Unknown,
        { New.Valid: true, Both.Valid: true } => TrustChangeEffect.Valid,
        { IsNeverValid: true } => TrustChangeEffect.NeverValid,
        { Both.Valid: true } => TrustChangeEffect.NeedsOld,
        _ => TrustChangeEffect.Breaks,
    };

    /// <summary>With the current bundle.</summary>
    public ChainVerdict? Now { get; init; }

    /// <summary>With the new one alone.</summary>
    public ChainVerdict? New { get; init; }

    /// <summary>With old and new together.</summary>
    public ChainVerdict? Both { get; init; }

    public ProbeResult Record => Server.Current;

    /// <summary>The verdict that prevents the change, if any.</summary>
    [JsonIgnore]
    public ChainVerdict? Deciding => Both is { Valid: false } ? Both : New;

    /// <summary>Our own anchor, if it is the only certificate in the chain of <see cref="Deciding"/> that has expired or is not valid yet.</summary>
    [JsonIgnore]
    public Certificate? StaleAnchor { get; init; }

    /// <summary>Nothing is known about its chain.</summary>
    [JsonIgnore]
    public bool IsUnknown => Both is null;

    /// <summary>Valid now, but not after the new anchors are added.</summary>
    [JsonIgnore]
    public bool BreaksWithBoth => Now is { Valid: true } && Both is { Valid: false };

    /// <summary>Valid before the old anchors are removed, but not without them.</summary>
    [JsonIgnore]
    public bool BreaksWithNew => (Now is { Valid: true } || Both is { Valid: true }) && New is { Valid: false };

    /// <summary>Its chain has a fault that no bundle fixes.</summary>
    [JsonIgnore]
    public bool IsNeverValid => this is { Now.Valid: false, Both.Valid: false, New.Valid: false };
}

/// <summary>The effect of new anchors on a server. The words in JSON are a contract.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<TrustChangeEffect>))]
internal enum TrustChangeEffect
{
    /// <summary>Its chain is valid with the new anchors, alone and together with the old ones.</summary>
    Valid,

    /// <summary>Its chain is valid as long as the old anchors stay.</summary>
    NeedsOld,

    /// <summary>Its chain is no longer valid when the new anchors are added.</summary>
    Breaks,

    /// <summary>Its chain has a fault that no bundle fixes.</summary>
    NeverValid,

    /// <summary>It presented no certificate.</summary>
    Unknown,
}
