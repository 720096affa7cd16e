using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>Identifies a series of handshakes; the labels marked H in the documentation of the metrics.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Address">
/// The address label: the configured <c>host:port</c>, because round-robin DNS must not create new series. If all addresses are probed, the IP
/// address and the port.
/// </param>
/// <param name="Identity">The identity's name.</param>
internal sealed record HandshakeKey(string Target, string Address, string Identity, Slot Slot, Expectation Expect)
{
    /// <summary>The server of the handshake.</summary>
    [JsonIgnore]
    public ServerKey Server => new(Target, Address);
}
