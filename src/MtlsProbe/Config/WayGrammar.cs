using System.Net;
using System.Net.Sockets;
using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>The keys that say how a connection gets to a server.</summary>
internal static class WayGrammar
{
    /// <summary>Takes back what the defaults say.</summary>
    public const string None = "none";

    private const string Any = "any";

    /// <summary>What SOCKS takes (RFC 1929 §2).</summary>
    private const int MaxUsername = 255;

    private const string Form = "http://HOST:PORT or socks5://HOST:PORT";

    /// <summary>A URL, or a mapping of it with a user; null where there is none.</summary>
    public static Setting<ProxyServer>? Proxy(Section section, string key) => section.ReadEither(key, Url, ["url", "username", "password_file"], WithUser);

    /// <summary>The URL of a proxy, or <c>none</c>.</summary>
    public static Reading<ProxyServer> Url(string text)
    {
        if (text == None) return default;
        if (text.Contains('@', StringComparison.Ordinal))
            return Reading<ProxyServer>.Withheld("has a user, and perhaps a password, in its URL", "write proxy: { url: …, username: …, password_file: … }");
        var parts = text.Split("://", 2);
        if (parts.Length < 2) return Reading<ProxyServer>.Wrong("is not the URL of a proxy", Form);
        ProxyKind? kind = parts[0].ToLowerInvariant() switch { "http" => ProxyKind.Http, "socks5" => ProxyKind.Socks5, _ => null };
        if (kind is not { } spoken) return Reading<ProxyServer>.Wrong(Unspoken(parts[0].ToLowerInvariant()), HintFor(parts[0].ToLowerInvariant()));
        var place = parts[1].EndsWith('/') ? parts[1][..^1] : parts[1];
        if (HostPort.WithoutPort(place) is not null) return Reading<ProxyServer>.Wrong("has no port", $"add it, as in {parts[0]}://{place}:{(spoken == ProxyKind.Http ? 3128 : 1080)}");
        return HostPort.TryParse(place) is { } address ? new ProxyServer(spoken, address) : Reading<ProxyServer>.Wrong("is not the URL of a proxy", Form);
    }

    /// <summary>The user name for a proxy. HTTP ends it with a colon (RFC 7617 §2).</summary>
    public static Reading<string> Username(string text) => text switch
    {
        "" => Reading<string>.Wrong("is empty"),
        _ when Encoding.UTF8.GetByteCount(text) > MaxUsername => Reading<string>.Wrong($"is longer than {MaxUsername} bytes"),
        _ when text.Any(char.IsControl) => Reading<string>.Withheld("contains a line break or another control character", "a name is one line"),
        _ when text.Contains(':', StringComparison.Ordinal) => Reading<string>.Withheld("contains a colon, which is not allowed in a user name here", "put the password into a file and name it in password_file"),
        _ => text,
    };

    public static Reading<ProxyHeader> Header(string text) => text switch
    {
        "v1" => ProxyHeader.V1,
        "v2" => ProxyHeader.V2,
        None => ProxyHeader.None,
        _ => Reading<ProxyHeader>.Wrong("is not a version of the PROXY protocol", "v1 or v2"),
    };

    /// <summary>An address of this machine; null for any.</summary>
    public static Reading<IPAddress> Source(string text)
    {
        if (text == Any) return default;
        if (Uri.CheckHostName(text) is not (UriHostNameType.IPv4 or UriHostNameType.IPv6) || !HostPort.HasPlainZone(text) || text.Contains('[', StringComparison.Ordinal) || !IPAddress.TryParse(text, out var address))
            return Reading<IPAddress>.Wrong("is not an IP address", "an address of this machine, as in 10.0.0.5 or 2001:db8::5, without a port");
        return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.IsIPv6Multicast || IsMulticast(address) || address.IsIPv4MappedToIPv6
            ? Reading<IPAddress>.Wrong("is no address that one interface has", $"name one of this machine, or write {Any}")
            : address;
    }

    private static ProxyServer? WithUser(Section block)
    {
        var url = block.Read("url", Url);
        var username = block.Read("username", Username);
        var file = block.Read("password_file", Grammar.FilePath);
        if (!block.IsIntelligible) return null;
        if (url is null) return Wrong("has no url", $"url: {Form}");
        if (url is { Valid: true, Value: null }) return Wrong("is none, and has a user", $"write proxy: {None}");
        if (username is null && file is not null) return Wrong("has a password_file but no username", "add the username");
        if (username is not null && file is null) return Wrong("has a username and no password_file", "add the file that holds the password");
        return url.Valid && username is null or { Valid: true } && file is null or { Valid: true } ? url.Value! with { Username = username?.Value, PasswordFile = file?.Value } : null;

        ProxyServer? Wrong(string problem, string hint)
        {
            block.Complain(problem, hint);
            return null;
        }
    }

    private static string Unspoken(string scheme) => scheme is "https" or "socks" or "socks4" or "socks4a" or "socks5h" ? "is a kind of proxy that is not supported" : "is not the URL of a proxy";

    private static string HintFor(string scheme) => scheme switch
    {
        "https" => "TLS to the proxy itself is not supported; use its plain port, as in http://HOST:PORT: the probe speaks TLS to the server through it",
        "socks5h" => "write socks5://: the proxy looks up the name of the server in any case",
        _ => Form,
    };

    private static bool IsMulticast(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] >= 224;
}
