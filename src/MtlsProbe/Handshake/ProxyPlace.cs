using System.Net;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>A server as it is named to a proxy. The zone of an IPv6 address is meaningful only on this machine (RFC 4007 §6).</summary>
internal static class ProxyPlace
{
    public static string Of(HostPort server) => Address(server) is { } address ? new IPEndPoint(address, server.Port).ToString() : server.ToString();

    /// <summary>Null where it has a name, which the proxy looks up.</summary>
    public static IPAddress? Address(HostPort server) => server.Literal is { } literal ? new IPAddress(literal.GetAddressBytes()) : null;
}
