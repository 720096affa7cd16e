using System.Net;
using System.Net.Sockets;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Cli;

/// <summary>A target as given on the command line: HOST:PORT, HOST, or a URL whose scheme is the protocol.</summary>
/// <param name="Path">The path of a URL, with its query; null if it has none.</param>
internal sealed record NamedPlace(ProtocolGrammar Protocol, HostPort Address, string? Path)
{
    private const string SchemeEnd = "://";

    /// <param name="spoken">The protocol from the flags; the scheme of a URL takes precedence.</param>
    public static Reading<NamedPlace> Read(string text, ProtocolGrammar spoken, Protocols protocols)
    {
        var end = text.IndexOf(SchemeEnd, StringComparison.Ordinal);
        if (end < 0) return At(AddressOf(text, spoken, isWordEnough: false), spoken, null);

        var rest = text[(end + SchemeEnd.Length)..];
        var slash = rest.IndexOfAny(['/', '?', '#']);
        var (authority, path) = slash < 0 ? (rest, "") : (rest[..slash], rest[slash..]);
        if (authority.Contains('@', StringComparison.Ordinal))
            return Reading<NamedPlace>.Withheld("a URL with a user in it", "omit user and password: protocols that need them have flags for them");
        var scheme = protocols.Named(text[..end]);
        if (scheme.Value is not { } protocol) return Reading<NamedPlace>.Wrong("has a scheme that is not a supported protocol", scheme.Hint);
        if (path is not ("" or "/") && protocol.Block != protocols.Default.Block) return Reading<NamedPlace>.Wrong("has a path, but protocol " + protocol.Name + " has none", "omit it");
        return At(AddressOf(authority, protocol, isWordEnough: true), protocol, path.Length == 0 ? null : path);
    }

    /// <summary>Whether a word is a host only with a port or a scheme, and otherwise rather the name of a configured target.</summary>
    public static bool IsBareWord(string text) => Grammar.Name(text).Problem is null && !text.Contains('.', StringComparison.Ordinal) && text != "localhost";

    private static Reading<NamedPlace> At(Reading<HostPort> address, ProtocolGrammar protocol, string? path) => address.Value is { } at
        ? new NamedPlace(protocol, at, path)
        : new Reading<NamedPlace>(null, address.Problem, address.Hint) { IsWithheld = address.IsWithheld };

    /// <param name="isWordEnough">
    /// Whether a word without a dot is a host; otherwise it may be the name of a configured target, and --config.file is missing.
    /// </param>
    private static Reading<HostPort> AddressOf(string text, ProtocolGrammar protocol, bool isWordEnough)
    {
        if (HostPort.WithoutBrackets(text) is { } meant && HostPort.TryParse(text) is null)
            return Reading<HostPort>.Wrong("can be an address, or an address with a port", Grammar.BracketsFor(text, meant));
        if (HostOnly(text, protocol.DefaultPort ?? 443) is not { } host) return Grammar.Address(text);
        if (protocol.DefaultPort is null) return Reading<HostPort>.Wrong("has no port", $"add one, as in {host with { Port = 5671 }}; protocol {protocol.Name} has none of its own");
        if (isWordEnough || !IsBareWord(text) || host.Literal is not null) return host;
        return Reading<HostPort>.Wrong("is not HOST:PORT", "to probe a target of a configuration, add --config.file FILE");
    }

    /// <summary>
    /// A host name or an address without a port; null if it has a port, or is neither. The rules for a host are the same as with a port.
    /// </summary>
    private static HostPort? HostOnly(string text, int port)
    {
        var isBareV6 = IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 && !text.StartsWith('[');
        return HostPort.WithoutPort(isBareV6 ? $"[{text}]" : text) is { } host ? host with { Port = port } : null;
    }
}
