using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>
/// What the same server did to others, where what it did to our credential can mean several things. A null was not shown.
/// </summary>
/// <param name="Stranger">To a client with a certificate that no authority knows, or with one that it has to refuse.</param>
/// <param name="None">To a client without a certificate.</param>
/// <param name="Alpn">To our own credential once more, with <c>h2</c> and <c>http/1.1</c> offered by ALPN; only where none was offered.</param>
internal sealed record ControlFacts(Reaction? Stranger, Reaction? None, Reaction? Alpn)
{
    /// <summary>What strangers get: the one with a certificate is the likest to us.</summary>
    [JsonIgnore]
    public Reaction? OfStrangers => Stranger is { Kind: not ReactionKind.Failed } ? Stranger : None ?? Stranger;
}

/// <summary>How a server reacted to one client, up to its decision.</summary>
/// <param name="Alert">With <see cref="ReactionKind.Alert"/>.</param>
[JsonConverter(typeof(ReactionConverter))]
internal readonly record struct Reaction(ReactionKind Kind, Alert? Alert = null)
{
    /// <summary>How long after the handshake it came; zero if that was not completed. It is in no record.</summary>
    public TimeSpan After { get; init; }

    /// <summary>It turned the client away, with or without an alert.</summary>
    [JsonIgnore]
    public bool IsRefusal => Kind is ReactionKind.Alert or ReactionKind.Closed or ReactionKind.Reset;

    /// <summary><c>alert unknown_ca</c>, <c>closed</c>, <c>reset</c>, <c>kept</c> or <c>failed</c>.</summary>
    public override string ToString() => Alert is { } alert ? $"alert {alert.Name}" : Kind.ToString().ToLowerInvariant();
}

/// <summary>The kinds of reactions; their names in lower case are a contract.</summary>
internal enum ReactionKind
{
    /// <summary>The handshake completed, and the server went on with the connection.</summary>
    Kept,

    /// <summary>A fatal alert after the client had answered the request for a certificate.</summary>
    Alert,

    /// <summary>It closed without an alert.</summary>
    Closed,

    /// <summary>It reset the connection.</summary>
    Reset,

    /// <summary>It made no decision, or asked for no certificate.</summary>
    Failed,
}
