using System.Net;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>The name of a server for a proxy. The zone of an IPv6 address is meaningful only on this machine (RFC 4007 §6).</summary>
internal static class ProxyPlace
{
    public static string Of(HostPort server) => Address(server) is { } address ? new IPEndPoint(address, server.Port).ToString() : server.ToString();

    /// <summary>Null if it is a name, which the proxy resolves.</summary>
    public static IPAddress? Address(HostPort server) => server.Literal is { } literal ? new IPAddress(literal.GetAddressBytes()) : null;
}
