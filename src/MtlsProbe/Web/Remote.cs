using System.Net;
using System.Net.Sockets;

namespace MtlsProbe.Web;

/// <summary>The client, as identified by its address: one IPv4 address, or one IPv6 network, because a single machine has 2^64 addresses.</summary>
internal static class Remote
{
    private const int NetworkBytes = 8;

    public static string Key(EndPoint? peer) => Key((peer as IPEndPoint)?.Address);

    public static string Key(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, NetworkBytes)) : address.ToString();
    }
}
