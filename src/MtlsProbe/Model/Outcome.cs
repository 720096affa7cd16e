using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>How one handshake ended, seen from the question "does the server accept our credential?".</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Outcome>))]
internal enum Outcome
{
    /// <summary>The server confirmed the credential: see <see cref="Evidence"/> for what it did.</summary>
    Accepted,

    /// <summary>The server refused the credential, or the lack of one.</summary>
    Rejected,

    /// <summary>The handshake completed, but the server gave no sign within the deadline.</summary>
    Unconfirmed,

    /// <summary>It never came to the server's decision: network, protocol, bad server certificate, our own files.</summary>
    Failed,
}
