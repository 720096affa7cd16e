using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// SMTP (RFC 5321) with STARTTLS (RFC 3207) or immediate TLS (RFC 8314), and LMTP (RFC 2033). Inside TLS the probe sends EHLO, and its reply decides,
/// or that of a following AUTH (RFC 4954).
/// </summary>
internal sealed record Smtp : ServiceProtocol
{
    /// <summary>A reserved domain, which no one owns (RFC 2606 §2).</summary>
    private const string OurName = "mtlsprobe.invalid";

    private readonly string _name;

    private Smtp(string name) => _name = name;

    public static ProtocolGrammar Grammar { get; } = new() { Name = "smtp", Does = "says EHLO after STARTTLS", DefaultPort = 587, Logins = LoginKinds.Both, Read = _ => new Smtp("smtp") };

    public static ProtocolGrammar OverTls { get; } = new() { Name = "smtps", Does = "says EHLO", DefaultPort = 465, Logins = LoginKinds.Both, Read = _ => new Smtp("smtps") };

    public static ProtocolGrammar Local { get; } = new() { Name = "lmtp", Does = "says LHLO after STARTTLS", DefaultPort = 24, Read = _ => new Smtp("lmtp") };

    public override string Name => _name;

    public override string Summary => Verb + Logins.Summary(Login);

    public override string? OpensslStarttls => BeginsInClearText ? Name : null;

    protected override bool BeginsInClearText => !IsGreeted;

    protected override bool IsGreeted => Name == "smtps";

    private bool IsLocal => Name == "lmtp";

    private string Verb => IsLocal ? "LHLO" : "EHLO";

    private string Hello => $"{Verb} {OurName}";

    protected override byte[] Asked(Target target) => Encoding.ASCII.GetBytes($"{Hello}\r\n{(Login is ExternalLogin ? "AUTH EXTERNAL =\r\n" : "")}QUIT\r\n");

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(clear);
        if (await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: not 220 } greeting) return greeting.Detail;
        await lines.SayAsync(Hello, cancellation).ConfigureAwait(false);
        if (await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: not 250 } hello) return hello.Detail;
        await lines.SayAsync("STARTTLS", cancellation).ConfigureAwait(false);
        return await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: not 220 } reply ? reply.Detail : null;
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        var lines = new LineReader(session);
        if (IsGreeted && await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: not 220 } greeting) return Turned(greeting);
        await lines.SayAsync(Hello, cancellation).ConfigureAwait(false);
        var reply = await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false);
        var judged = reply.Code != 250 ? Turned(reply)
            : Login is null ? Answers.LetIn(reply.Detail)
            : await LogInAsync(lines, Login, reply, password, cancellation).ConfigureAwait(false);
        await lines.SayAsync("QUIT", cancellation).ConfigureAwait(false);
        return judged;
    }

    /// <summary>AUTH with an initial response; <c>=</c> is an empty one (RFC 4954 §4).</summary>
    private async Task<ServerAnswer> LogInAsync(LineReader lines, Login login, Reply hello, Secret? password, CancellationToken cancellation)
    {
        var mechanism = Sasl.Mechanism(login);
        var offered = hello.Text.Split('\n').FirstOrDefault(line => line.Length > 9 && line.AsSpan(4).StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase));
        if (!Sasl.IsOffered(offered?[9..] ?? "", mechanism)) return Logins.NotOffered(mechanism, HasToRefuse);
        var message = Sasl.Base64(login, password);
        await lines.SayAsync($"AUTH {mechanism} {(message.Length == 0 ? "=" : message)}", cancellation).ConfigureAwait(false);
        var reply = await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false);
        return reply.Code switch
        {
            235 => Logins.Succeeded(reply.Detail),
            535 => Logins.Refused(login, HasToRefuse, reply.Detail, reply.Text),
            >= 400 when Answers.SpeaksOfCertificate(reply.Text) => Answers.Refused(reply.Detail),
            >= 400 and < 500 => Logins.Down(reply.Detail), // 454: a temporary failure (RFC 4954 §4.7.13)
            _ => Logins.Undecided(reply.Detail),
        };
    }

    /// <summary>Postfix sends 421 to clients without a certificate that it can verify, and to those that connect too often.</summary>
    private static ServerAnswer Turned(Reply reply) => reply.Code switch
    {
        >= 400 when Answers.SpeaksOfCertificate(reply.Text) => Answers.Refused(reply.Detail),
        421 => Answers.Down(reply.Detail),
        _ => Answers.Unclear(reply.Detail, ", and the certificate may or may not be the cause", "The server's log at the time of the probe says why it does not continue."),
    };
}
