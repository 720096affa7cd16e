using System.Globalization;
using System.Net;

namespace MtlsProbe.Web;

/// <summary>
/// An address to serve on, in the syntax of exporter-toolkit: <c>:10219</c>, <c>127.0.0.1:10219</c>, <c>[::1]:10219</c>, <c>localhost:10219</c>.
/// </summary>
/// <param name="Address">Null: every address of the machine, IPv4 and IPv6.</param>
/// <param name="Port">0: any free port.</param>
internal sealed record ListenAddress(IPAddress? Address, int Port)
{
    public const string Default = ":10219";

    /// <summary>An address that only programs on this machine can reach.</summary>
    public const string ThisMachine = "127.0.0.1:10219";

    /// <summary>Null if the text has none of the forms above.</summary>
    public static ListenAddress? TryParse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535) return null;
        var host = text[..colon];
        if (host.Length == 0) return new ListenAddress(null, port);
        if (host == "localhost") return new ListenAddress(IPAddress.Loopback, port);
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal)) return null;
        return IPAddress.TryParse(host, out var address) ? new ListenAddress(address, port) : null;
    }

    /// <summary>The address for programs on the same machine.</summary>
    public IPEndPoint OnThisMachine => new(
        Address is null || Address.Equals(IPAddress.Any) ? IPAddress.Loopback : Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : Address, Port);

    public override string ToString() => Address is null ? $":{Port}" : new IPEndPoint(Address, Port).ToString();
}
