using System.Globalization;
using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Handshake;

/// <summary>
/// One HTTP request, whose final response decides. Without one, a service that is down and a server that turns us away look the same: nginx refuses
/// with a close (<c>error_page 495 =444</c>), haproxy with silence (<c>silent-drop</c>).
/// </summary>
internal sealed record Https : Protocol
{
    /// <summary>What to do if an answer does not show whether the service refuses.</summary>
    private const string InFrontHint =
        "Set http.path of this target to one that the service itself answers, or fix the backend of the proxy; until then, nothing shows whether it refuses.";

    public static ProtocolGrammar Grammar { get; } = HttpsGrammar.Whole;

    public string Method { get; init; } = "GET";

    public string Path { get; init; } = "/";

    /// <summary>The statuses that count as success; empty: any status that is not a refusal.</summary>
    public ValueList<StatusRange> ExpectStatus { get; init; } = [];

    /// <summary>HTTP/2 (RFC 9113) instead of HTTP/1.1.</summary>
    public bool IsVersion2 { get; init; }

    public override string Name => HttpsGrammar.Name;

    public override ValueList<string> Alpn => IsVersion2 ? ["h2"] : ["http/1.1"];

    public override bool IsSpokenAfter(string alpn) => MeshAlpn.IsHttp(alpn);

    public override Question? Question => new(AskAsync, Reasons.NotHttp)
    {
        IsGreeted = IsVersion2, // with the server's SETTINGS (RFC 9113 §3.4)
        IsRepeatable = ChangesNothing,
    };

    public override string Summary => $"{Method} {PathWithoutQuery}{(Path.Contains('?', StringComparison.Ordinal) ? "?…" : "")}";

    /// <summary>Its grammar allows only HTTP/1.x, and the names of Istio, in <c>tls.alpn</c>.</summary>
    public override string AlpnHint => IsVersion2
        ? "With http.version \"2\" protocol https offers only HTTP/2. Remove http.version if the server speaks HTTP/1.1."
        : "Protocol https offers only HTTP/1.1. If the server speaks only HTTP/2, set http: { version: \"2\" } for this target (probe: --http-version 2), or enable HTTP/1.1 on the server.";

    /// <summary>The query can contain a secret.</summary>
    public string PathWithoutQuery => Path.Split('?')[0];

    /// <summary>RFC 9110 §9.2.1.</summary>
    private bool ChangesNothing => Method is "GET" or "HEAD" or "OPTIONS";

    public override Protocol Harmless() => this with
    {
        Method = "GET", // and not HEAD: the body can contain the reason of a refusal
        Path = PathWithoutQuery,
    };

    public override IEnumerable<(string Flag, string Value)> Flags()
    {
        if (PathWithoutQuery is not "/") yield return (HttpsGrammar.PathFlag, PathWithoutQuery);
        if (IsVersion2) yield return (HttpsGrammar.VersionFlag, "2");
        foreach (var status in ExpectStatus) yield return (HttpsGrammar.StatusFlag, status.ToString());
    }

    public override string? TypedQuestion(Target target)
    {
        if (IsVersion2) return null; // frames cannot be typed by hand
        string[] length = ChangesNothing ? [] : ["Content-Length: 0"];
        string[] lines = [$"{Method} {PathWithoutQuery} HTTP/1.1", $"Host: {Authority(target)}", .. length, "Connection: close", ""];
        return $@"printf '%s\r\n' {string.Join(' ', lines.Select(ShellWord.Of))}";
    }

    /// <summary>The request as sent.</summary>
    public byte[] Request(Target target)
    {
        var length = ChangesNothing ? "" : "Content-Length: 0\r\n";
        return Encoding.ASCII.GetBytes(
            $"{Method} {Path} HTTP/1.1\r\nHost: {Authority(target)}\r\nUser-Agent: MtlsProbe\r\nAccept: */*\r\n{length}Connection: close\r\n\r\n");
    }

    /// <summary>The meaning of a final response, as described in <c>docs/http.md</c> and <c>docs/reasons.md</c>.</summary>
    /// <param name="speaksOfCertificate">
    /// For status 400: the body has the word "certificate", which nginx and others send to a refused client; null if the body did not arrive.
    /// </param>
    public ServerAnswer Answered(int status, bool? speaksOfCertificate, string detail)
    {
        // No client is accepted with 495, 496 or a 400 about its certificate: these are refusals even if they are listed.
        var isAboutCertificate = status is 495 or 496 || (status == 400 && speaksOfCertificate is true);
        var isAboutUs = isAboutCertificate || status is 401 or 403;
        var isListed = ExpectStatus.Any(range => range.Contains(status));
        var kind = status switch
        {
            421 => AnswerKind.Elsewhere,
            400 when speaksOfCertificate is null => AnswerKind.Unclear,
            _ => isAboutCertificate || (isAboutUs && !isListed) ? AnswerKind.Refused : AnswerKind.LetIn,
        };
        return new ServerAnswer(kind, Evidence.HttpStatus, detail)
        {
            Reason = kind == AnswerKind.Elsewhere ? Reasons.Misdirected : Reasons.ClientHttpStatus,
            IsReply = !ComesUnasked(status),
            Unexpected = isListed || (ExpectStatus.Count == 0 && !isAboutUs) ? null : Reasons.UnexpectedStatus,
            Missing = ", and the response body that would name the cause is missing; a GET request would show it",
            Hint = "Set http.method of this target to GET (probe: the default): the response body then shows whether the certificate is the cause.",
            Doubt = InFront(status),
        };
    }

    /// <summary>
    /// Overloaded servers and proxies, and those that have waited too long, send these before any request (for 408: RFC 9110 §15.5.9). They send 400
    /// for anything that they take for a request.
    /// </summary>
    private static bool ComesUnasked(int status) => status is 400 or 408 or 429 or 503;

    private async Task<ServerAnswer?> AskAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        if (IsVersion2) return await AskVersion2Async(session, target, cancellation).ConfigureAwait(false);
        await session.WriteAsync(Request(target), cancellation).ConfigureAwait(false);
        return await new HttpExchange(session, this).ReadAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<ServerAnswer?> AskVersion2Async(Stream session, Target target, CancellationToken cancellation)
    {
        using var request = Http2.Request(HttpMethod.Parse(Method), Authority(target), Path);
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        if (!ChangesNothing) request.Content = new ByteArrayContent([]);
        return await Http2.AskAsync(session, request, ReadAsync, cancellation).ConfigureAwait(false);
    }

    private async Task<ServerAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        bool? speaks = status == 400 && Method == "HEAD" ? null : false;
        if (status == 400 && Method != "HEAD")
        {
            var (body, isWhole) = await Http2.BodyAsync(response, HttpExchange.MaxBody, cancellation).ConfigureAwait(false);
            speaks = Encoding.Latin1.GetString(body).Contains("certificate", StringComparison.OrdinalIgnoreCase) ? true : isWhole ? false : null;
        }

        return Answered(status, speaks, Http2.Status(response));
    }

    /// <summary>The host, with its port if that is not the default (RFC 9110 §7.2).</summary>
    public static string Authority(Target target)
    {
        var name = target.ServerName.Contains(':', StringComparison.Ordinal) ? $"[{target.ServerName.Split('%')[0]}]" : target.ServerName; // the zone has no meaning for others (RFC 6874 §4)
        return target.Address.Port == Grammar.DefaultPort ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{target.Address.Port}");
    }

    /// <summary>Responses that can come from a proxy in front of the service: <c>docs/http.md</c> has the table.</summary>
    private static Doubt? InFront(int status) => status switch
    {
        401 or 403 => new("it may be a refusal of the client, but expect_status lists it as success", InFrontHint, Asked: true),
        407 => new("a proxy in front requires authentication, so the service was not reached", InFrontHint),
        502 or 504 => new("a proxy in front, which did not ask for a certificate, got no answer from the service", InFrontHint, Asked: false),
        // haproxy also sends 503 to clients for whom it has no backend: use_backend … if { ssl_c_used }.
        503 => new("no service took the request; either none is available, or the certificate was refused", InFrontHint),
        _ => null,
    };
}

/// <summary>HTTP statuses from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
internal readonly record struct StatusRange(int First, int Last)
{
    public bool Contains(int status) => status >= First && status <= Last;

    public override string ToString() => First == Last
        ? First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
}
