using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>How the same server treated other clients, for cases in which its reaction to our credential is ambiguous. Null: this was not tried.</summary>
/// <param name="Stranger">The reaction to a client with a certificate that no authority knows, or with one that it has to refuse.</param>
/// <param name="None">The reaction to a client without a certificate.</param>
/// <param name="Alpn">
/// The reaction to our own credential in a second attempt, with <c>h2</c> and <c>http/1.1</c> offered by ALPN; only if none was offered before.
/// </param>
internal sealed record ControlFacts(Reaction? Stranger, Reaction? None, Reaction? Alpn)
{
    /// <summary>How strangers are treated. The one with a certificate is most like us.</summary>
    [JsonIgnore]
    public Reaction? OfStrangers => Stranger is { Kind: not ReactionKind.Failed } ? Stranger : None ?? Stranger;

    /// <summary>The attempt with ALPN shows neither that it helps nor that it does not, for example because of a network fault.</summary>
    [JsonIgnore]
    public bool IsAlpnUnknown => Alpn is { Kind: ReactionKind.Failed, Alert: null };
}

/// <summary>How a server reacted to one client, up to its decision.</summary>
/// <param name="Alert">The alert, for <see cref="ReactionKind.Alert"/>; and no_application_protocol, which is no decision about the client.</param>
[JsonConverter(typeof(ReactionConverter))]
internal readonly record struct Reaction(ReactionKind Kind, Alert? Alert = null)
{
    /// <summary>How long after the handshake the reaction came; zero if the handshake was not completed. It is not part of the record.</summary>
    public TimeSpan After { get; init; }

    /// <summary>The server turned the client away, with or without an alert.</summary>
    [JsonIgnore]
    public bool IsRefusal => Kind is ReactionKind.Alert or ReactionKind.Closed or ReactionKind.Reset;

    /// <summary><c>alert unknown_ca</c>, <c>closed</c>, <c>reset</c>, <c>kept</c> or <c>failed</c>.</summary>
    public override string ToString() => Alert is { } alert ? $"alert {alert.Name}" : Kind.ToString().ToLowerInvariant();
}

/// <summary>The kinds of reactions; their names in lower case are a contract.</summary>
internal enum ReactionKind
{
    /// <summary>The handshake completed, and the server kept the connection. In the attempt with ALPN, it then answered our close.</summary>
    Kept,

    /// <summary>A fatal alert after the client had answered the request for a certificate.</summary>
    Alert,

    /// <summary>The server closed the connection without an alert.</summary>
    Closed,

    /// <summary>The server reset the connection.</summary>
    Reset,

    /// <summary>The server made no decision, or asked for no certificate.</summary>
    Failed,
}
