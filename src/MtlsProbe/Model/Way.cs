using System.Net;

namespace MtlsProbe.Model;

/// <summary>How a connection gets to the server of a target.</summary>
internal sealed record Way
{
    /// <summary>From whatever address the system chooses straight to the server.</summary>
    public static readonly Way Direct = new();

    /// <summary>Null: none.</summary>
    public ProxyServer? Proxy { get; init; }

    /// <summary>Data that is sent before anything else to the server.</summary>
    public ProxyHeader ProxyProtocol { get; init; } = ProxyHeader.None;

    /// <summary>The connection begins at this address of this machine; null: the system chooses.</summary>
    public IPAddress? SourceAddress { get; init; }

    /// <summary>Where the TCP connection goes.</summary>
    public HostPort FirstStop(HostPort server) => Proxy?.Address ?? server;
}

/// <summary>A proxy that opens a way to others.</summary>
/// <param name="Username">Null: none is named.</param>
/// <param name="PasswordFile">With a user: the file that has the password. Its content is never kept here.</param>
internal sealed record ProxyServer(ProxyKind Kind, HostPort Address, string? Username = null, string? PasswordFile = null)
{
    /// <summary>Its URL, which names no user.</summary>
    public override string ToString() => $"{(Kind == ProxyKind.Http ? "http" : "socks5")}://{Address}";
}

/// <summary>What a proxy speaks.</summary>
internal enum ProxyKind
{
    /// <summary>HTTP's CONNECT (RFC 9110 §9.3.6).</summary>
    Http,

    /// <summary>RFC 1928.</summary>
    Socks5,
}

/// <summary>Versions of the header in which a proxy sends a server the source of a connection (HAProxy's PROXY protocol).</summary>
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
