using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace MtlsProbe.Revocation;

/// <summary>
/// Addresses that an untrusted URL must not lead to: those of this machine and of networks outside the public internet (RFC 6890 and its registries).
/// </summary>
internal static class PrivateAddress
{
    private static readonly IPNetwork[] s_networks =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32", // the host of Azure's virtual machines, which gives them secrets
            "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", // forms of IPv4 addresses that are obsolete, or local to one network
            "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    private static readonly IPNetwork s_translated = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork s_sixToFour = IPNetwork.Parse("2002::/16");

    /// <summary>Including public addresses of this machine itself.</summary>
    public static bool IsForbidden(IPAddress address) =>
        Is(address) || IsOwn(address, NetworkInterface.GetAllNetworkInterfaces().SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(own => own.Address));

    /// <summary>Including addresses that embed a private address.</summary>
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

    /// <param name="own">The addresses of the interfaces of this machine.</param>
    public static bool IsOwn(IPAddress address, IEnumerable<IPAddress> own)
    {
        var octets = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes(); // without its zone
        return own.Any(other => other.GetAddressBytes().AsSpan().SequenceEqual(octets));
    }
}
