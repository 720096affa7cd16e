using System.Text.Json.Serialization;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>The effect of a new credential on the servers. In JSON the order of the members is the order of the object.</summary>
internal sealed record RolloutReport
{
    public required string Identity { get; init; }

    /// <summary>Every server accepts the new credential.</summary>
    public required bool Ready { get; init; }

    /// <summary>One sentence with numbers, and the servers that are not ready.</summary>
    public required string Summary { get; init; }

    public required ValueList<PreflightWarning> Warnings { get; init; }

    public ValueList<RolloutVerdict> Servers { get; init; } = [];

    /// <summary>One record per handshake; the new credential is the slot <c>next</c>.</summary>
    public ValueList<ProbeResult> Results => Servers.SelectMany(server => server.Server.Results).ToValueList();
}

/// <summary>The effect of the rollout on one server.</summary>
internal sealed record RolloutVerdict([property: JsonIgnore] ProbedServer Server, [property: JsonPropertyOrder(2)] RolloutEffect Effect)
{
    [JsonPropertyOrder(0)]
    public string Target => Server.Target.Name;

    [JsonPropertyOrder(1)]
    public string Address => Server.Address;
}
