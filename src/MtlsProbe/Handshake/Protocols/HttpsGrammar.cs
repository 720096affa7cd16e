using System.Globalization;
using MtlsProbe.Config;

namespace MtlsProbe.Handshake;

/// <summary>The keys of protocol https, and their values.</summary>
internal static class HttpsGrammar
{
    public const string Name = "https";
    public const string PathFlag = "--http-path";
    public const string VersionFlag = "--http-version";
    public const string StatusFlag = "--http-expect-status";

    private const int MaxPathLength = 4096;
    private const string UsualMethods = "GET, HEAD, OPTIONS, POST …";

    public static ProtocolGrammar Whole { get; } = new()
    {
        Name = Name,
        Does = "sends a request of HTTP/1.1 or HTTP/2",
        DefaultPort = 443,
        Block = "http",
        Keys = ["version", "method", "path", "expect_status"],
        Flags =
        [
            new(VersionFlag, "version", "VERSION", "1.1 or 2. Default: 1.1.", text => Version(text).Of(text)),
            new(PathFlag, "path", "PATH", "The path of the request. Default: /.", text => Path(text)),
            new(StatusFlag, "expect_status", "STATUS", "Status or range that counts as success, as in 401 or 200-399; may be given several times.",
                text => Status(text).Of(text), IsList: true),
        ],
        Read = block =>
        {
            var usual = new Https();
            return new Https
            {
                IsVersion2 = block.Read("version", Version)?.Value ?? usual.IsVersion2,
                Method = block.Read("method", Method)?.Value ?? usual.Method,
                Path = block.Read("path", Path)?.Value ?? usual.Path,
                ExpectStatus = block.ReadList("expect_status", Status)?.Value ?? usual.ExpectStatus,
            };
        },
        AlpnProblem = (alpn, spoken) => spoken is Https { IsVersion2: true }
            ? alpn.Contains("h2") && alpn.All(name => name is "h2" || MeshAlpn.IsBesideHttp2(name)) ? null
                : ("the request is sent in HTTP/2, which needs h2, and only Istio's names besides it", "omit alpn, set [h2] or [istio-h2, istio, h2], or omit http.version")
            : alpn.FirstOrDefault(name => name is not ("http/1.1" or "http/1.0") && !MeshAlpn.IsBesideHttp1(name)) is { } other
            ? ($"{other} would be selected, but protocol https sends its request in HTTP/1.1", "omit alpn, set [http/1.1], or set http.version: \"2\" or protocol: tls")
            : null,
        Misplaced = spoken => $"no request is sent with protocol {spoken}",
    };

    public static Reading<bool> Version(string text) => text switch
    {
        "1.1" => false,
        "2" => true,
        _ => Reading<bool>.Wrong("is not a supported version of HTTP", "\"1.1\" or \"2\""),
    };

    /// <summary>A method (RFC 9110 §9.1), which is a token (§5.6.2).</summary>
    public static Reading<string> Method(string text) =>
        text is "CONNECT" ? Reading<string>.Wrong("opens a tunnel: its answer says nothing about the service", UsualMethods)
        : text.Length is > 0 and <= 32 && text.All(IsTokenCharacter) ? text
        : Reading<string>.Wrong("is not an HTTP method", UsualMethods);

    /// <summary>The origin form of a request target (RFC 9112 §3.2.1). Characters that could end the request line are refused.</summary>
    public static Reading<string> Path(string text) => text switch
    {
        { Length: > MaxPathLength } => Reading<string>.Wrong($"is longer than {MaxPathLength} characters"),
        _ when !text.StartsWith('/') => Reading<string>.Wrong("does not begin with /"),
        _ when text.Any(c => c is <= ' ' or > '~') =>
            Reading<string>.Wrong("contains a space, a control character or a letter beyond ASCII", "percent-encode it: %20 is a space"),
        _ when text.Contains('#', StringComparison.Ordinal) =>
            Reading<string>.Wrong("has a fragment, which is never sent", "remove what follows #"),
        _ => text,
    };

    /// <summary><c>404</c> or <c>200-399</c>.</summary>
    public static Reading<StatusRange> Status(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var (first, last) = dash < 0 ? (text, text) : (text[..dash].Trim(), text[(dash + 1)..].Trim());
        if (StatusCode(first) is not { } from || StatusCode(last) is not { } to)
            return Reading<StatusRange>.Wrong("is not an HTTP status", "a number from 100 to 599, or a range as in 200-399");
        return from <= to ? new StatusRange(from, to) : Reading<StatusRange>.Wrong("ends before it begins", $"write {to}-{from}");
    }

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);

    private static int? StatusCode(string text) =>
        text.Length == 3 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 100 and <= 599
            ? code
            : null;
}
