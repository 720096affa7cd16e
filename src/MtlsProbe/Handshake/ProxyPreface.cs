using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>A PROXY header for one connection (The PROXY protocol, versions 1 and 2, HAProxy).</summary>
/// <param name="Source">The source of the connection; null if one of the two ends is not known, and then neither is sent.</param>
/// <param name="Destination">The destination of the connection, of the same family.</param>
internal sealed record ProxyPreface(IPEndPoint? Source, IPEndPoint? Destination)
{
    private const byte Version2Proxy = 0x21;
    private const byte Unspecified = 0;
    private const byte TcpOverIPv4 = 0x11;
    private const byte TcpOverIPv6 = 0x21;

    /// <summary>The beginning of every header of version 2 (§2.2).</summary>
    private static readonly byte[] s_signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

    private bool IsIPv4 => Source?.AddressFamily == AddressFamily.InterNetwork;

    /// <summary>Behind a proxy, the server's address is known only if the target has an IP address.</summary>
    public static ProxyPreface? Of(EndPoint? local, EndPoint? remote, Target target)
    {
        if (local is not IPEndPoint source || remote is not IPEndPoint peer) return null;
        var destination = target.Way.Proxy is null ? peer : target.Address.Literal is { } literal ? new IPEndPoint(literal, target.Address.Port) : null;
        return destination?.AddressFamily == source.AddressFamily ? new(Bare(source), Bare(destination)) : new(null, null);
    }

    public byte[] Bytes(ProxyHeader version) => version == ProxyHeader.V1 ? Encoding.ASCII.GetBytes(this + "\r\n") : Binary();

    /// <summary>In the format of version 1, without the line end.</summary>
    public override string ToString() => Source is null || Destination is null
        ? "PROXY UNKNOWN"
        : FormattableString.Invariant($"PROXY {(IsIPv4 ? "TCP4" : "TCP6")} {Source.Address} {Destination.Address} {Source.Port} {Destination.Port}");

    private byte[] Binary()
    {
        if (Source is null || Destination is null) return [.. s_signature, Version2Proxy, Unspecified, 0, 0];
        byte[] addresses = [.. Source.Address.GetAddressBytes(), .. Destination.Address.GetAddressBytes(), .. Port(Source), .. Port(Destination)];
        return [.. s_signature, Version2Proxy, IsIPv4 ? TcpOverIPv4 : TcpOverIPv6, 0, (byte)addresses.Length, .. addresses];
    }

    private static byte[] Port(IPEndPoint end)
    {
        var port = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(port, (ushort)end.Port);
        return port;
    }

    /// <summary>Without the zone, which has no meaning elsewhere.</summary>
    private static IPEndPoint Bare(IPEndPoint end) => new(new IPAddress(end.Address.GetAddressBytes()), end.Port);
}
