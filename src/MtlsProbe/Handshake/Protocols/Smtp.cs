using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>SMTP (RFC 5321) with STARTTLS (RFC 3207) or TLS at once (RFC 8314), and LMTP (RFC 2033): EHLO inside TLS, whose reply decides.</summary>
internal sealed record Smtp : ServiceProtocol
{
    /// <summary>No domain of anybody's (RFC 2606 §2).</summary>
    private const string OurName = "mtlsprobe.invalid";

    private readonly string _name;

    private Smtp(string name) => _name = name;

    public static ProtocolGrammar Grammar { get; } = new() { Name = "smtp", Does = "says EHLO after STARTTLS", DefaultPort = 587, Read = _ => new Smtp("smtp") };

    public static ProtocolGrammar OverTls { get; } = new() { Name = "smtps", Does = "says EHLO", DefaultPort = 465, Read = _ => new Smtp("smtps") };

    public static ProtocolGrammar Local { get; } = new() { Name = "lmtp", Does = "says LHLO after STARTTLS", DefaultPort = 24, Read = _ => new Smtp("lmtp") };

    public override string Name => _name;

    public override string Summary => $"{(IsLocal ? "LHLO" : "EHLO")}";

    public override string? OpensslStarttls => BeginsInClearText ? Name : null;

    protected override bool BeginsInClearText => !IsGreeted;

    protected override bool IsGreeted => Name == "smtps";

    private bool IsLocal => Name == "lmtp";

    private string Hello => $"{Summary} {OurName}";

    protected override byte[] Asked(Target target) => Encoding.ASCII.GetBytes($"{Hello}\r\nQUIT\r\n");

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(clear);
        if (await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: not 220 } greeting) return greeting.Detail;
        await lines.SayAsync(Hello, cancellation).ConfigureAwait(false);
        if (await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: not 250 } hello) return hello.Detail;
        await lines.SayAsync("STARTTLS", cancellation).ConfigureAwait(false);
        return await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: not 220 } reply ? reply.Detail : null;
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(session);
        if (IsGreeted && await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: not 220 } greeting) return Turned(greeting);
        await lines.SayAsync(Hello, cancellation).ConfigureAwait(false);
        var reply = await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false);
        await lines.SayAsync("QUIT", cancellation).ConfigureAwait(false);
        return reply.Code == 250 ? Answers.LetIn(reply.Detail) : Turned(reply);
    }

    /// <summary>Postfix says 421 to who has no certificate that it can verify, and to who comes too often.</summary>
    private static ServerAnswer Turned(Reply reply) => reply.Code switch
    {
        >= 400 when Answers.SpeaksOfCertificate(reply.Text) => Answers.Refused(reply.Detail),
        421 => Answers.Down(reply.Detail),
        _ => Answers.Unclear(reply.Detail, ", which may be for the certificate or not", "The server's log at the time of the probe says why it does not go on."),
    };
}
