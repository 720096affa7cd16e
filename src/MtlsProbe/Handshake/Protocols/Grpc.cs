using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Handshake;

/// <summary>
/// gRPC (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md): a health check (doc/health-checking.md), whose status decides. An answer
/// that there is no such service counts too.
/// </summary>
internal sealed record Grpc : Protocol
{
    private const int Ok = 0;
    private const int NotFound = 5;
    private const int PermissionDenied = 7;
    private const int Unimplemented = 12;
    private const int Unavailable = 14;
    private const int Unauthenticated = 16;

    /// <summary>In bytes; the answer to a health check has seven.</summary>
    private const int MaxBody = 4096;

    /// <summary>The states of a health check: UNKNOWN, SERVING, NOT_SERVING, SERVICE_UNKNOWN.</summary>
    private static readonly string[] s_states = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

    public static ProtocolGrammar Grammar { get; } = new()
    {
        Name = "grpc",
        Does = "checks the health of a gRPC service",
        DefaultPort = 443,
        Block = "grpc",
        Keys = ["service"],
        Flags = [new("--grpc-service", "service", "NAME", "The service to check. Default: the whole server.", BlockGrammar.Name)],
        Read = block => new Grpc { Service = block.Read("service", BlockGrammar.Name)?.Value ?? "" },
        AlpnProblem = (alpn, _) => alpn.Contains("h2") ? null : ("gRPC needs h2", "omit alpn, or set [h2]"),
    };

    /// <summary>Empty: the server as a whole.</summary>
    public string Service { get; init; } = "";

    public override string Name => Grammar.Name;

    public override ValueList<string> Alpn => ["h2"];

    public override bool IsSpokenAfter(string alpn) => MeshAlpn.IsHttp(alpn);

    public override Question Question => new(AskAsync, Reasons.UnexpectedAnswer) { IsGreeted = true }; // with the server's SETTINGS (RFC 9113 §3.4)

    public override string Summary => $"the health of {(Service.Length == 0 ? "the server" : Service)}";

    public override IEnumerable<(string Flag, string Value)> Flags() => [("--protocol", Name), .. Service.Length == 0 ? [] : ((string, string)[])[("--grpc-service", Service)]];

    private async Task<ServerAnswer?> AskAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        using var request = Http2.Request(HttpMethod.Post, Https.Authority(target), "/grpc.health.v1.Health/Check");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Content = new ByteArrayContent(Message());
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return await Http2.AskAsync(session, request, ReadAsync, cancellation).ConfigureAwait(false);
    }

    /// <summary>Uncompressed: the length in four bytes, and the name as field 1 if there is one.</summary>
    private byte[] Message()
    {
        var name = Encoding.UTF8.GetBytes(Service);
        byte[] message = name.Length == 0 ? [] : [0x0a, .. Varint(name.Length), .. name];
        return [0, 0, 0, (byte)(message.Length >> 8), (byte)message.Length, .. message];
    }

    private static byte[] Varint(int value) => value < 0x80 ? [(byte)value] : [(byte)(value | 0x80), (byte)(value >> 7)];

    private static async Task<ServerAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        var isGrpc = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types) && types.ToString().StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);
        if (status != 200 || !isGrpc) return NotGrpc(status, Http2.Status(response));
        var (body, isWhole) = await Http2.BodyAsync(response, MaxBody, cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        var code = Http2.Field(response, "grpc-status") ?? (response.TrailingHeaders.NonValidated.TryGetValues("grpc-status", out var values) ? values.FirstOrDefault() : null);
        if (!isWhole || !int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var known))
            return new ServerAnswer(AnswerKind.NotUnderstood, Evidence.ProtocolAnswer, "the server's answer has no gRPC status");
        var words = Http2.Field(response, "grpc-message") ?? (response.TrailingHeaders.NonValidated.TryGetValues("grpc-message", out var texts) ? texts.FirstOrDefault() : null) ?? "";
        return Judged(known, words, body);
    }

    private static ServerAnswer Judged(int code, string words, byte[] body)
    {
        var detail = Answers.Said(FormattableString.Invariant($"grpc-status {code} {words}").TrimEnd());
        return code switch
        {
            Ok => Health(body),
            PermissionDenied => Answers.Refused(detail),
            Unauthenticated => Answers.Refused(detail) with
            {
                OnlyWithout = !Answers.SpeaksOfCertificate(words),
                Missing = ", which is also the answer of a service that requires a token as well",
                Hint = "Allow the health check without a token: then its answer shows whether the certificate is accepted.",
            },
            Unimplemented => Answers.LetIn(detail),
            NotFound => Answers.Down(detail) with { Doubt = null },
            Unavailable => Answers.Down(detail),
            _ when Answers.SpeaksOfCertificate(words) => Answers.Refused(detail),
            _ => Answers.Unwilling(detail, "The server's log at the time of the probe says why it does not answer the health check."),
        };
    }

    /// <summary>Field 1 of the message; 0 if it is missing (Protocol Buffers).</summary>
    private static ServerAnswer Health(byte[] body)
    {
        if (body.Length < 5 || body[0] != 0) return new ServerAnswer(AnswerKind.NotUnderstood, Evidence.ProtocolAnswer, "the server's answer to the health check cannot be read");
        var state = body.Length >= 7 && body[5] == 8 ? body[6] : 0;
        var detail = $"the server answered to the health check with {(state < s_states.Length ? s_states[state] : state.ToString(CultureInfo.InvariantCulture))}";
        return state == 1 ? Answers.LetIn(detail) : Answers.Down(detail) with { Doubt = null };
    }

    /// <summary>Only HTTP: from a proxy in front of the server, or a server that refuses in HTTP.</summary>
    private static ServerAnswer NotGrpc(int status, string detail) => status switch
    {
        421 => new ServerAnswer(AnswerKind.Elsewhere, Evidence.HttpStatus, detail) { Reason = Reasons.Misdirected },
        401 or 403 or 495 or 496 => Answers.Refused(detail),
        502 or 503 or 504 => Answers.Down(detail),
        400 => Answers.Unclear(detail, ", and the certificate may or may not be the cause", "Probe the port with protocol https and http.version 2: the response body names the cause."),
        _ => new ServerAnswer(AnswerKind.NotUnderstood, Evidence.HttpStatus, detail),
    };
}
