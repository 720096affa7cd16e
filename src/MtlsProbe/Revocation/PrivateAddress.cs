using System.Net;
using System.Net.Sockets;

namespace MtlsProbe.Revocation;

/// <summary>
/// Addresses that a stranger's URL must not lead to: those of this machine and of networks that are not the public internet (RFC 6890).
/// </summary>
internal static class PrivateAddress
{
    private static readonly IPNetwork[] s_networks =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
            "::/127", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "2001::/32", // the last is Teredo, which hides an IPv4 address
        }.Select(network => IPNetwork.Parse(network)),
    ];

    private static readonly IPNetwork s_translated = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork s_sixToFour = IPNetwork.Parse("2002::/16");

    /// <summary>Also where the address has another one in it that is private.</summary>
    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            var octets = address.GetAddressBytes();
            if (s_translated.Contains(address)) return Is(new IPAddress(octets.AsSpan(12, 4)));
            if (s_sixToFour.Contains(address)) return Is(new IPAddress(octets.AsSpan(2, 4)));
            address = new IPAddress(octets); // without its zone
        }

        return Array.Exists(s_networks, network => network.Contains(address));
    }
}
