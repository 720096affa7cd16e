using System.Globalization;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// NNTP (RFC 3977) with STARTTLS (RFC 4642) or immediate TLS. Inside TLS the probe sends DATE, and any reply decides, even one that demands a login.
/// </summary>
internal sealed record Nntp : ServiceProtocol
{
    private const int Told = 111;

    private const int Leave = 400;

    /// <summary>RFC 3977 §3.2.1: access denied.</summary>
    private const int Forbidden = 502;

    private readonly string _name;

    private Nntp(string name) => _name = name;

    public static ProtocolGrammar Grammar { get; } = new() { Name = "nntp", Does = "asks for DATE after STARTTLS", DefaultPort = 119, Read = _ => new Nntp("nntp") };

    public static ProtocolGrammar OverTls { get; } = new() { Name = "nntps", Does = "asks for DATE", DefaultPort = 563, Read = _ => new Nntp("nntps") };

    public override string Name => _name;

    public override string Summary => "DATE";

    public override string? OpensslStarttls => BeginsInClearText ? Name : null;

    protected override bool BeginsInClearText => !IsGreeted;

    protected override bool IsGreeted => Name == "nntps";

    protected override byte[] Asked(Target target) => "DATE\r\nQUIT\r\n"u8.ToArray();

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(clear);
        if (await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: not (200 or 201) } greeting) return greeting.Detail;
        await lines.SayAsync("STARTTLS", cancellation).ConfigureAwait(false);
        return await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: not 382 } reply ? reply.Detail : null;
    }

    /// <summary>RFC 3977 §7.1: <c>111 yyyymmddhhmmss</c>, UTC.</summary>
    private static DateTimeOffset? DateOf(Reply reply) =>
        reply is { Code: Told, Text: [_, _, _, ' ', .. var text] }
        && DateTimeOffset.TryParseExact(text.Trim(), "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date
            : null;

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        var lines = new LineReader(session);
        if (IsGreeted && await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: >= 400 } greeting) return greeting.Answer(Leave);
        await lines.SayAsync("DATE", cancellation).ConfigureAwait(false);
        var reply = await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false);
        await lines.SayAsync("QUIT", cancellation).ConfigureAwait(false);
        return reply.Code == Forbidden && !Answers.SpeaksOfCertificate(reply.Text)
            ? Answers.Unclear(reply.Detail, ", and the certificate may or may not be the cause", "The server's log at the time of the probe says why it refuses this client.")
            : reply.Answer(Leave) with { Date = DateOf(reply) };
    }
}
