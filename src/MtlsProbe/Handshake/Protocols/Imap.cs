using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// IMAP (RFC 9051) with STARTTLS or TLS at once: CAPABILITY inside TLS, whose tagged answer decides. Dovecot and Cyrus judge the
/// certificate only at a login: the answer shows that the session stands.
/// </summary>
internal sealed record Imap : ServiceProtocol
{
    private readonly string _name;

    private Imap(string name) => _name = name;

    public static ProtocolGrammar Grammar { get; } = new() { Name = "imap", Does = "asks for CAPABILITY after STARTTLS", DefaultPort = 143, Read = _ => new Imap("imap") };

    public static ProtocolGrammar OverTls { get; } = new() { Name = "imaps", Does = "asks for CAPABILITY", DefaultPort = 993, Read = _ => new Imap("imaps") };

    public override string Name => _name;

    public override string Summary => "CAPABILITY";

    public override string? OpensslStarttls => BeginsInClearText ? Name : null;

    protected override bool BeginsInClearText => !IsGreeted;

    protected override bool IsGreeted => Name == "imaps";

    protected override byte[] Asked(Target target) => "a2 CAPABILITY\r\na3 LOGOUT\r\n"u8.ToArray();

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(clear);
        var greeting = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        if (!Is(greeting, "* OK")) return Answers.Said(greeting); // PREAUTH as well: STARTTLS has no place after it (RFC 9051 §6.2.1)
        await lines.SayAsync("a1 STARTTLS", cancellation).ConfigureAwait(false);
        var answer = await TaggedAsync(lines, "a1", cancellation).ConfigureAwait(false);
        return Is(answer, "a1 OK") ? null : Answers.Said(answer);
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(session);
        if (IsGreeted)
        {
            var greeting = await lines.ReadAsync(cancellation).ConfigureAwait(false);
            if (Is(greeting, "* BYE")) return Turned(greeting);
            if (!Is(greeting, "* OK") && !Is(greeting, "* PREAUTH")) throw new MalformedException(Answers.Said(greeting));
        }

        await lines.SayAsync("a2 CAPABILITY", cancellation).ConfigureAwait(false);
        var answer = await TaggedAsync(lines, "a2", cancellation).ConfigureAwait(false);
        await lines.SayAsync("a3 LOGOUT", cancellation).ConfigureAwait(false);
        return Is(answer, "a2 OK") ? Answers.SessionStands(Answers.Said(answer)) : Turned(answer);
    }

    /// <summary>The answer to a command, or BYE; what is said untagged before it is passed over.</summary>
    private static async Task<string> TaggedAsync(LineReader lines, string tag, CancellationToken cancellation)
    {
        while (true)
        {
            var line = await lines.ReadAsync(cancellation).ConfigureAwait(false);
            if (Is(line, tag) || Is(line, "* BYE")) return line;
            if (!line.StartsWith("* ", StringComparison.Ordinal)) throw new MalformedException(Answers.Said(line));
        }
    }

    private static ServerAnswer Turned(string line) =>
        Answers.SpeaksOfCertificate(line) ? Answers.Refused(Answers.Said(line))
        : Is(line, "* BYE") ? Answers.Down(Answers.Said(line))
        : Answers.Unclear(Answers.Said(line), ", which may be for the certificate or not", "The server's log at the time of the probe says why it does not go on.");

    private static bool Is(string line, string words) =>
        line.StartsWith(words, StringComparison.OrdinalIgnoreCase) && (line.Length == words.Length || line[words.Length] == ' ');
}
