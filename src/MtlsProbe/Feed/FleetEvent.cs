using System.Text.Json.Serialization;
using MtlsProbe.Model;

namespace MtlsProbe.Feed;

/// <summary>What a change is about. The names are a contract.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<EventTopic>))]
internal enum EventTopic
{
    /// <summary>A handshake has a new outcome, or fails for another reason.</summary>
    State,

    /// <summary>A server presents another certificate, or several in turn.</summary>
    Certificate,

    /// <summary>A credential of ours: staged, promoted, replaced, broken.</summary>
    Credential,

    /// <summary>A trust bundle or an expected certificate.</summary>
    Trust,

    /// <summary>The configuration was reloaded or refused.</summary>
    Configuration,

    /// <summary>Targets came or went.</summary>
    Targets,

    /// <summary>The exporter started or stopped.</summary>
    Exporter,
}

/// <summary>Whether a change is good news.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<EventTone>))]
internal enum EventTone
{
    Good,
    Bad,
    Neutral,
}

/// <summary>One change of the fleet. Its texts are escaped and bounded.</summary>
internal sealed record FleetEvent
{
    /// <summary>The longest text in characters.</summary>
    public const int Longest = 500;

    /// <summary>Ascending in the order of the feed; different in each process.</summary>
    public long Number { get; init; }

    public DateTimeOffset At { get; init; }

    public required EventTopic Topic { get; init; }

    public required EventTone Tone { get; init; }

    /// <summary>What happened, as the end of a sentence about the target or the identity.</summary>
    public required string Text { get; init; }

    public string? Target { get; init; }

    public string? Address { get; init; }

    public string? Identity { get; init; }

    public Slot? Slot { get; init; }

    /// <summary>The state of the handshake after the change.</summary>
    public Condition? State { get; init; }

    /// <summary>The serial of the new certificate.</summary>
    public string? Serial { get; init; }
}

/// <summary>The lines of the file; absent values are omitted.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FleetEvent))]
internal sealed partial class EventLine : JsonSerializerContext;
