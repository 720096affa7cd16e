using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace MtlsProbe.Model;

/// <summary>
/// The address of a SPIFFE Workload API (SPIFFE Workload Endpoint §4): <c>unix:///PATH</c> or <c>tcp://IP:PORT</c>. Two are equal if they are the
/// same place.
/// </summary>
internal sealed record SpiffeEndpoint
{
    /// <summary>The environment variable that is used if nothing else names it.</summary>
    public const string Variable = "SPIFFE_ENDPOINT_SOCKET";

    /// <summary>Examples, for a hint.</summary>
    public const string Form = "unix:///run/spire/agent.sock, or tcp://127.0.0.1:8081";

    /// <summary>Maximum bytes of the path of a socket: <c>sun_path</c> without its final zero.</summary>
    private const int MaxPath = 107;

    private const string Unix = "unix:";
    private const string Tcp = "tcp://";

    private SpiffeEndpoint(string text, EndPoint place) => (Text, Place) = (text, place);

    private string Text { get; }

    /// <summary>The endpoint to connect to.</summary>
    public EndPoint Place { get; }

    public AddressFamily Family => Place.AddressFamily;

    /// <summary>The path of a Unix socket; null for TCP.</summary>
    public string? Path => Family == AddressFamily.Unix ? Text[(Unix.Length + 2)..] : null;

    /// <param name="problem">Why the text is not an endpoint, as the continuation of a sentence; null if it is one.</param>
    public static SpiffeEndpoint? TryParse(string text, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        if (text.Any(c => c is < ' ' or '\x7f')) problem = "contains a control character";
        else if (text.StartsWith(Unix, StringComparison.Ordinal)) return OfUnix(text[Unix.Length..], out problem);
        else if (text.StartsWith(Tcp, StringComparison.Ordinal)) return OfTcp(text[Tcp.Length..], out problem);
        else problem = "begins with neither unix:// nor tcp://";
        return null;
    }

    public override string ToString() => Text;

    public bool Equals(SpiffeEndpoint? other) => other is not null && other.Text == Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    private static SpiffeEndpoint? OfUnix(string rest, out string? problem)
    {
        // unix:/PATH has no authority, unix:///PATH an empty one: the two are equivalent (RFC 3986 §3).
        var path = rest.StartsWith("//", StringComparison.Ordinal) ? rest[2..] : rest;
        problem = !path.StartsWith('/') ? "has no absolute path"
            : path.AsSpan().ContainsAny('?', '#') ? "has a query or a fragment"
            : System.Text.Encoding.UTF8.GetByteCount(path) > MaxPath ? $"has a path of more than {MaxPath} bytes, which no socket can have"
            : null;
        return problem is null ? new SpiffeEndpoint($"{Unix}//{path}", new UnixDomainSocketEndPoint(path)) : null;
    }

    private static SpiffeEndpoint? OfTcp(string rest, out string? problem)
    {
        problem = HostPort.TryParse(rest) is not { } place ? "is no IP address with a port"
            : place.Literal is null ? "has a name where an IP address belongs"
            : null;
        return problem is null ? new SpiffeEndpoint(Tcp + rest, new IPEndPoint(HostPort.TryParse(rest)!.Literal!, HostPort.TryParse(rest)!.Port)) : null;
    }
}
