using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// IMAP (RFC 9051) with STARTTLS or immediate TLS. Inside TLS the probe sends CAPABILITY, and its tagged answer decides, or that of a following
/// AUTHENTICATE. Dovecot and Cyrus check the certificate only at a login: without one, the answer only shows that the session is open.
/// </summary>
internal sealed record Imap : ServiceProtocol
{
    private readonly string _name;

    private Imap(string name) => _name = name;

    public static ProtocolGrammar Grammar { get; } = new() { Name = "imap", Does = "asks for CAPABILITY after STARTTLS", DefaultPort = 143, Logins = LoginKinds.Both, Read = _ => new Imap("imap") };

    public static ProtocolGrammar OverTls { get; } = new() { Name = "imaps", Does = "asks for CAPABILITY", DefaultPort = 993, Logins = LoginKinds.Both, Read = _ => new Imap("imaps") };

    public override string Name => _name;

    public override string Summary => $"CAPABILITY{Logins.Summary(Login)}";

    public override string? OpensslStarttls => BeginsInClearText ? Name : null;

    protected override bool BeginsInClearText => !IsGreeted;

    protected override bool IsGreeted => Name == "imaps";

    protected override byte[] Asked(Target target) =>
        [.. "a2 CAPABILITY\r\n"u8, .. Login is ExternalLogin ? "a3 AUTHENTICATE EXTERNAL\r\n\r\n"u8 : [], .. "a4 LOGOUT\r\n"u8];

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(clear);
        var greeting = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        if (!Is(greeting, "* OK")) return Answers.Said(greeting); // PREAUTH too: STARTTLS is not allowed after it (RFC 9051 §6.2.1)
        await lines.SayAsync("a1 STARTTLS", cancellation).ConfigureAwait(false);
        var (answer, _) = await TaggedAsync(lines, "a1", cancellation).ConfigureAwait(false);
        return Is(answer, "a1 OK") ? null : Answers.Said(answer);
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        var lines = new LineReader(session);
        if (IsGreeted)
        {
            var greeting = await lines.ReadAsync(cancellation).ConfigureAwait(false);
            if (Is(greeting, "* BYE")) return Turned(greeting);
            if (!Is(greeting, "* OK") && !Is(greeting, "* PREAUTH")) throw new MalformedException(Answers.Said(greeting));
        }

        await lines.SayAsync("a2 CAPABILITY", cancellation).ConfigureAwait(false);
        var (answer, capabilities) = await TaggedAsync(lines, "a2", cancellation).ConfigureAwait(false);
        var judged = !Is(answer, "a2 OK") ? Turned(answer)
            : Login is null ? Answers.SessionStands(Answers.Said(answer))
            : await LogInAsync(lines, Login, capabilities, password, cancellation).ConfigureAwait(false);
        await lines.SayAsync("a4 LOGOUT", cancellation).ConfigureAwait(false);
        return judged;
    }

    /// <summary>AUTHENTICATE (RFC 9051 §6.2.2), without an initial response, because not every server accepts one.</summary>
    private async Task<ServerAnswer> LogInAsync(LineReader lines, Login login, string capabilities, Secret? password, CancellationToken cancellation)
    {
        var mechanism = Sasl.Mechanism(login);
        if (!Sasl.IsOffered(capabilities, $"AUTH={mechanism}")) return Logins.NotOffered(mechanism, HasToRefuse);
        await lines.SayAsync($"a3 AUTHENTICATE {mechanism}", cancellation).ConfigureAwait(false);
        var (answer, _) = await TaggedAsync(lines, "a3", cancellation).ConfigureAwait(false);
        if (answer.StartsWith('+'))
        {
            await lines.SayAsync(Sasl.Base64(login, password), cancellation).ConfigureAwait(false);
            (answer, _) = await TaggedAsync(lines, "a3", cancellation).ConfigureAwait(false);
        }

        if (Is(answer, "a3 OK")) return Logins.Succeeded(Answers.Said(answer));
        if (!Is(answer, "a3 NO")) return Logins.BrokenOff(Answers.Said(answer), answer); // BYE too: the server may drop clients that fail in this way
        return Says(answer, "UNAVAILABLE", "SERVERBUG", "INUSE", "LIMIT") ? Logins.Down(Answers.Said(answer)) // RFC 5530 §3
            : Says(answer, "PRIVACYREQUIRED", "CONTACTADMIN", "CLIENTBUG", "CANNOT") ? Logins.Undecided(Answers.Said(answer))
            : Logins.Refused(Login, HasToRefuse, Answers.Said(answer), answer);
    }

    /// <summary>The answer to a command, a continuation request, or BYE; and the untagged capabilities before it.</summary>
    private static async Task<(string Answer, string Capabilities)> TaggedAsync(LineReader lines, string tag, CancellationToken cancellation)
    {
        var capabilities = "";
        while (true)
        {
            var line = await lines.ReadAsync(cancellation).ConfigureAwait(false);
            if (Is(line, tag) || Is(line, "* BYE") || (tag == "a3" && line.StartsWith('+'))) return (line, capabilities);
            if (!line.StartsWith("* ", StringComparison.Ordinal)) throw new MalformedException(Answers.Said(line));
            if (Is(line, "* CAPABILITY")) capabilities = line;
        }
    }

    /// <summary>Whether the answer has one of these codes in brackets.</summary>
    private static bool Says(string answer, params ReadOnlySpan<string> codes)
    {
        foreach (var code in codes)
        {
            if (answer.Contains($"[{code}]", StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private static ServerAnswer Turned(string line) =>
        Answers.SpeaksOfCertificate(line) ? Answers.Refused(Answers.Said(line))
        : Is(line, "* BYE") ? Answers.Down(Answers.Said(line))
        : Answers.Unclear(Answers.Said(line), ", and the certificate may or may not be the cause", "The server's log at the time of the probe says why it does not continue.");

    private static bool Is(string line, string words) =>
        line.StartsWith(words, StringComparison.OrdinalIgnoreCase) && (line.Length == words.Length || line[words.Length] == ' ');
}
