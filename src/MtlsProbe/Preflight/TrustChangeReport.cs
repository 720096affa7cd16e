using System.Text.Json.Serialization;
using MtlsProbe.Model;

namespace MtlsProbe.Preflight;

/// <summary>What a new trust bundle would make of the servers. In JSON the order of the members is the order of the object.</summary>
internal sealed record TrustChangeReport
{
    public required string Trust { get; init; }

    /// <summary>Every server's chain is valid with the new bundle alone, and with old and new together.</summary>
    public required bool Ready { get; init; }

    /// <summary>Whether the new anchors may be added, and whether the old ones may go then; counts, and names what stands in the way.</summary>
    public required string Summary { get; init; }

    public required ValueList<PreflightWarning> Warnings { get; init; }

    public required ValueList<TrustChangeVerdict> Results { get; init; }
}

/// <summary>One server's chain under three bundles; each null when the server presented none.</summary>
internal sealed record TrustChangeVerdict([property: JsonIgnore] ProbedServer Server)
{
    public string Target => Server.Target.Name;

    public string Address => Server.Address;

    /// <summary>With the bundle as it is.</summary>
    public ChainVerdict? Now { get; init; }

    /// <summary>With the new one alone.</summary>
    public ChainVerdict? New { get; init; }

    /// <summary>With old and new together.</summary>
    public ChainVerdict? Both { get; init; }

    public ProbeResult Record => Server.Current;

    /// <summary>Nothing is known of its chain.</summary>
    [JsonIgnore]
    public bool IsUnknown => Both is null;

    /// <summary>Valid now, and not any more when the new anchors are added.</summary>
    [JsonIgnore]
    public bool BreaksWithBoth => Now is { Valid: true } && Both is { Valid: false };

    /// <summary>Valid before the old anchors go, and not any more without them.</summary>
    [JsonIgnore]
    public bool BreaksWithNew => (Now is { Valid: true } || Both is { Valid: true }) && New is { Valid: false };

    /// <summary>Its chain has a fault that no bundle mends.</summary>
    [JsonIgnore]
    public bool IsNeverValid => this is { Now.Valid: false, Both.Valid: false, New.Valid: false };
}
