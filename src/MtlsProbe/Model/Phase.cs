using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>The stages of a probe, in the order in which they run.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Phase>))]
internal enum Phase
{
    /// <summary>Our own files: the credential, the trust bundle.</summary>
    Identity,

    /// <summary>Name resolution.</summary>
    Dns,

    /// <summary>TCP connection, to the proxy if there is one.</summary>
    Connect,

    /// <summary>The exchange with the proxy until it has opened the connection to the server.</summary>
    Proxy,

    /// <summary>The plaintext exchange before TLS, for protocols that have one.</summary>
    Starttls,

    /// <summary>From the ClientHello to our Finished.</summary>
    Handshake,

    /// <summary>From our Finished to the server's sign that it accepts or refuses the credential.</summary>
    Confirm,

    /// <summary>The request and its answer.</summary>
    Application,
}
