using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;

namespace MtlsProbe.Model;

/// <summary>Where to connect: a host name or an IP address (without brackets), and a TCP port.</summary>
internal sealed record HostPort(string Host, int Port)
{
    private string? _text;

    private HostPort(HostPort other) => (Host, Port) = (other.Host, other.Port); // without the text, which does not fit a copy with another port

    /// <summary>Maximum length of a DNS name, including the final dot (RFC 1035 §2.3.4).</summary>
    public const int MaxName = 254;

    private static readonly SearchValues<char> s_zone = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    /// <summary>Maximum length of a zone. Interface names have at most 15 characters (IFNAMSIZ), but .NET sets no limit.</summary>
    private const int MaxZone = 32;

    /// <summary>Stands for a port that is not given.</summary>
    public const int NoPort = 0;

    /// <summary>The host as an IP address, which needs no lookup; null if it is a name. Read from the text each time, which a probe does once or twice.</summary>
    public IPAddress? Literal => IPAddress.TryParse(Host, out var address) ? address : null;

    /// <summary>
    /// Reads <c>host:port</c>, <c>1.2.3.4:port</c> or <c>[v6]:port</c>; null if it is none of them. International names must be in their ASCII form.
    /// </summary>
    public static HostPort? TryParse(string text)
    {
        if (!Ascii.IsValid(text)) return null;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || text.Length - colon is 1 or > 6) return null;
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            return null;

        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
            return HasPlainZone(host) && IPAddress.TryParse(host[1..^1], out var v6) && v6.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
                ? new HostPort(host[1..^1], port)
                : null;

        return host.Length <= MaxName && Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 ? new HostPort(host, port) : null;
    }

    /// <summary>Reads a host without a port, an IPv6 address in brackets; null if it is not one. The caller supplies the port.</summary>
    public static HostPort? WithoutPort(string text)
    {
        if (text.StartsWith('[')) return text.EndsWith(']') ? TryParse(text + ":1") is { } v6 ? v6 with { Port = NoPort } : null : null;
        return text.Contains(':', StringComparison.Ordinal) ? null : TryParse(text + ":1") is { } host ? host with { Port = NoPort } : null;
    }

    /// <summary>
    /// Whether what follows a <c>%</c>, the zone of an IPv6 address (RFC 4007 §11), is a short name of letters, digits, <c>_</c>, <c>.</c> and
    /// <c>-</c>: .NET accepts anything as a zone, even line breaks.
    /// </summary>
    public static bool HasPlainZone(string host)
    {
        var zone = host.IndexOf('%', StringComparison.Ordinal);
        if (zone < 0) return true;
        var name = host.AsSpan(zone + 1).TrimEnd(']');
        return name.Length is > 0 and <= MaxZone && !name.ContainsAnyExcept(s_zone);
    }

    /// <summary>
    /// The probable meaning of <c>::1:443</c>, which is a valid IPv6 address: an address and a port without the brackets. Null if the text cannot
    /// mean this.
    /// </summary>
    public static HostPort? WithoutBrackets(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && IPAddress.TryParse(text.AsSpan(0, colon), out _) ? TryParse($"[{text[..colon]}]{text[colon..]}") : null;
    }

    public bool Equals(HostPort? other) => other is not null && Port == other.Port && Host == other.Host;

    public override int GetHashCode() => HashCode.Combine(Host, Port);

    /// <summary>Always the same object: it is the label of every handshake with this address.</summary>
    public override string ToString() => _text ??= Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
