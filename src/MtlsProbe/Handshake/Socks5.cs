using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// Asks a SOCKS proxy for a connection (RFC 1928): by name if the server has one, and with user and password if the proxy requires them (RFC 1929).
/// </summary>
internal static class Socks5
{
    private const byte Version = 5;
    private const byte NoAuthentication = 0;
    private const byte UserAndPassword = 2;
    private const byte NothingAcceptable = 0xff;
    private const byte Connect = 1;
    private const byte IPv4 = 1;
    private const byte Name = 3;
    private const byte IPv6 = 4;

    /// <summary>As <see cref="HttpConnect.AskAsync"/>.</summary>
    public static async Task<string?> AskAsync(Stream proxy, HostPort server, string? username, Secret? password, CancellationToken cancellation)
    {
        await proxy.WriteAsync(username is null ? [Version, 1, NoAuthentication] : new byte[] { Version, 2, NoAuthentication, UserAndPassword }, cancellation).ConfigureAwait(false);
        var chosen = await ReadAsync(2).ConfigureAwait(false);
        if (chosen[0] != Version) throw NotSocks(chosen);
        switch (chosen[1])
        {
            case NoAuthentication:
                break;
            case UserAndPassword when username is not null:
                await proxy.WriteAsync((byte[])[1, .. Field(Encoding.UTF8.GetBytes(username)), .. Field((password?.Bytes ?? default).Span)], cancellation).ConfigureAwait(false);
                var judged = await ReadAsync(2).ConfigureAwait(false);
                if (judged[0] != 1) throw NotSocks(judged);
                if (judged[1] != 0) return $"refused the user or the password (status {judged[1]})";
                break;
            case NothingAcceptable:
                return username is null ? "requires a user and a password, or another authentication method, and none is configured" : "accepts neither a user with a password nor an anonymous client (method 0xff)";
            default:
                throw new MalformedException($"chose method 0x{chosen[1]:x2}, which was not offered");
        }

        await proxy.WriteAsync((byte[])[Version, Connect, 0, .. Place(server)], cancellation).ConfigureAwait(false);
        var reply = await ReadAsync(4).ConfigureAwait(false);
        if (reply[0] != Version || reply[2] != 0) throw NotSocks(reply);
        if (reply[1] != 0) return $"answered CONNECT {ProxyPlace.Of(server)} with reply {reply[1]}, {Words(reply[1])}";
        var bound = reply[3] switch
        {
            IPv4 => 4,
            IPv6 => 16,
            Name => (await ReadAsync(1).ConfigureAwait(false))[0],
            _ => throw NotSocks(reply),
        };
        await ReadAsync(bound + 2).ConfigureAwait(false);
        return null;

        ValueTask<byte[]> ReadAsync(int count) => Packet.ReadAsync(proxy, count, cancellation);
    }

    private static byte[] Place(HostPort server)
    {
        var port = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(port, (ushort)server.Port);
        return ProxyPlace.Address(server) is { } address
            ? [address.AddressFamily == AddressFamily.InterNetwork ? IPv4 : IPv6, .. address.GetAddressBytes(), .. port]
            : [Name, .. Field(Encoding.ASCII.GetBytes(server.Host)), .. port];
    }

    /// <summary>A length in one octet, then the bytes: names, users and passwords have at most 255, which the configuration ensures.</summary>
    private static byte[] Field(ReadOnlySpan<byte> bytes) => [checked((byte)bytes.Length), .. bytes];

    private static MalformedException NotSocks(byte[] said) => new($"answered {Convert.ToHexStringLower(said)} (hexadecimal), which is not SOCKS 5");

    private static string Words(byte reply) => reply switch
    {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "time to live expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "which is undefined",
    };
}
