using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// POP3 (RFC 1939) with STLS (RFC 2595) or TLS at once: CAPA inside TLS, whose answer decides, be it that the server does not know it.
/// Dovecot judges the certificate only at a login.
/// </summary>
internal sealed record Pop3 : ServiceProtocol
{
    private readonly string _name;

    private Pop3(string name) => _name = name;

    public static ProtocolGrammar Grammar { get; } = new() { Name = "pop3", Does = "asks for CAPA after STLS", DefaultPort = 110, Read = _ => new Pop3("pop3") };

    public static ProtocolGrammar OverTls { get; } = new() { Name = "pop3s", Does = "asks for CAPA", DefaultPort = 995, Read = _ => new Pop3("pop3s") };

    public override string Name => _name;

    public override string Summary => "CAPA";

    public override string? OpensslStarttls => BeginsInClearText ? Name : null;

    protected override bool BeginsInClearText => !IsGreeted;

    protected override bool IsGreeted => Name == "pop3s";

    protected override byte[] Asked(Target target) => "CAPA\r\nQUIT\r\n"u8.ToArray();

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(clear);
        var greeting = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        if (!Is(greeting, "+OK")) return Answers.Said(greeting);
        await lines.SayAsync("STLS", cancellation).ConfigureAwait(false);
        var answer = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        return Is(answer, "+OK") ? null : Answers.Said(answer);
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(session);
        if (IsGreeted)
        {
            var greeting = await lines.ReadAsync(cancellation).ConfigureAwait(false);
            if (Is(greeting, "-ERR")) return Answers.SpeaksOfCertificate(greeting) ? Answers.Refused(Answers.Said(greeting)) : Answers.Down(Answers.Said(greeting));
            if (!Is(greeting, "+OK")) throw new MalformedException(Answers.Said(greeting));
        }

        await lines.SayAsync("CAPA", cancellation).ConfigureAwait(false);
        var answer = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        if (Is(answer, "-ERR") && Answers.SpeaksOfCertificate(answer)) return Answers.Refused(Answers.Said(answer));
        if (!Is(answer, "+OK") && !Is(answer, "-ERR")) throw new MalformedException(Answers.Said(answer));
        while (Is(answer, "+OK") && await lines.ReadAsync(cancellation).ConfigureAwait(false) != ".")
        {
            // A capability (RFC 2449 §5).
        }

        await lines.SayAsync("QUIT", cancellation).ConfigureAwait(false);
        return Answers.SessionStands(Answers.Said(answer));
    }

    private static bool Is(string line, string status) => line.StartsWith(status, StringComparison.Ordinal) && (line.Length == status.Length || line[status.Length] == ' ');
}
