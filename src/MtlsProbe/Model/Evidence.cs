using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>What the server did that proves the outcome.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Evidence>))]
internal enum Evidence : byte
{
    /// <summary>TLS 1.2: the server's Finished comes after it has seen our certificate.</summary>
    HandshakeFinished,

    /// <summary>TLS 1.3: a NewSessionTicket came and the settle time passed without a refusal.</summary>
    SessionTicket,

    /// <summary>The server answered our close_notify with its own, or by closing.</summary>
    CloseNotify,

    /// <summary>The server sent application data.</summary>
    ApplicationData,

    /// <summary>The status of an HTTP answer.</summary>
    HttpStatus,

    /// <summary>An answer in the target's protocol to what we sent, where that is not HTTP.</summary>
    ProtocolAnswer,

    /// <summary>A fatal alert.</summary>
    Alert,

    /// <summary>The server closed or reset the connection.</summary>
    Closed,

    /// <summary>Nothing came until the deadline.</summary>
    Silence,

    /// <summary>The server kept the connection, and it turns strangers away: control probes showed this.</summary>
    Control,
}
