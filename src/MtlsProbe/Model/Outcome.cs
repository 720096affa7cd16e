using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>The end of one handshake, as an answer to the question "does the server accept our credential?".</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Outcome>))]
internal enum Outcome : byte
{
    /// <summary>The server confirmed the credential; <see cref="Evidence"/> says how.</summary>
    Accepted,

    /// <summary>The server refused the credential, or the lack of one.</summary>
    Rejected,

    /// <summary>The handshake completed, but the server gave no sign within the deadline.</summary>
    Unconfirmed,

    /// <summary>The server made no decision: a fault of the network, the protocol, the server's certificate or our own files.</summary>
    Failed,
}
