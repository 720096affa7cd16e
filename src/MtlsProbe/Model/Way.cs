using System.Net;

namespace MtlsProbe.Model;

/// <summary>The path of a connection to the server of a target.</summary>
internal sealed record Way
{
    /// <summary>Directly to the server, from an address that the system chooses.</summary>
    public static readonly Way Direct = new();

    /// <summary>Null: no proxy.</summary>
    public ProxyServer? Proxy { get; init; }

    /// <summary>The header that is sent to the server before anything else.</summary>
    public ProxyHeader ProxyProtocol { get; init; } = ProxyHeader.None;

    /// <summary>The local address of the connection; null: the system chooses.</summary>
    public IPAddress? SourceAddress { get; init; }

    /// <summary>Where the TCP connection goes.</summary>
    public HostPort FirstStop(HostPort server) => Proxy?.Address ?? server;
}

/// <summary>A proxy that opens connections to other servers.</summary>
/// <param name="Username">Null: no user.</param>
/// <param name="PasswordFile">The file with the password of the user. The password itself is never kept here.</param>
internal sealed record ProxyServer(ProxyKind Kind, HostPort Address, string? Username = null, string? PasswordFile = null)
{
    /// <summary>Its URL, without the user.</summary>
    public override string ToString() => $"{(Kind == ProxyKind.Http ? "http" : "socks5")}://{Address}";
}

/// <summary>The protocol of a proxy.</summary>
internal enum ProxyKind
{
    /// <summary>CONNECT of HTTP (RFC 9110 §9.3.6).</summary>
    Http,

    /// <summary>RFC 1928.</summary>
    Socks5,
}

/// <summary>Versions of the header in which a proxy tells a server the source of a connection (HAProxy's PROXY protocol).</summary>
internal enum ProxyHeader
{
    None,
    V1,
    V2,
}

/// <summary>The path of a probe's connection. Null for parts that are not used.</summary>
/// <param name="Proxy">The proxy's URL, without the user.</param>
/// <param name="ProxyProtocol"><c>v1</c> or <c>v2</c>.</param>
/// <param name="ProxyHeader">The content of the header, in the format of version 1; null if none was sent.</param>
/// <param name="SourceAddress">As configured.</param>
internal sealed record WayFacts(string? Proxy, string? ProxyProtocol, string? ProxyHeader, string? SourceAddress)
{
    /// <summary>Null for a direct connection.</summary>
    /// <param name="header">The sent header as text; null: none.</param>
    public static WayFacts? Of(Way way, string? header = null) => way == Way.Direct ? null : new WayFacts(
        way.Proxy?.ToString(), way.ProxyProtocol == Model.ProxyHeader.None ? null : way.ProxyProtocol.Label(), header, way.SourceAddress?.ToString());
}
