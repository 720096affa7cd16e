using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// ManageSieve (RFC 5804) with STARTTLS. The server sends its capabilities without a request, before TLS and again inside it (§2.2). The probe sends
/// CAPABILITY, and its answer decides, or that of a following AUTHENTICATE. Dovecot checks the certificate only at a login.
/// </summary>
internal sealed record Sieve : ServiceProtocol
{
    public static ProtocolGrammar Grammar { get; } = new() { Name = "sieve", Does = "asks for CAPABILITY after STARTTLS", DefaultPort = 4190, Logins = LoginKinds.Both, Read = _ => new Sieve() };

    public override string Name => Grammar.Name;

    public override string Summary => $"CAPABILITY{Logins.Summary(Login)}";

    public override string OpensslStarttls => "sieve";

    protected override bool BeginsInClearText => true;

    protected override bool IsGreeted => true;

    protected override byte[] Asked(Target target) =>
        [.. "CAPABILITY\r\n"u8, .. Login is ExternalLogin ? "AUTHENTICATE \"EXTERNAL\" \"\"\r\n"u8 : [], .. "LOGOUT\r\n"u8];

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(clear);
        var (greeting, _) = await ResponseAsync(lines, cancellation).ConfigureAwait(false);
        if (!Is(greeting, "OK")) return Answers.Said(greeting);
        await lines.SayAsync("STARTTLS", cancellation).ConfigureAwait(false);
        var answer = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        return Is(answer, "OK") ? null : Answers.Said(answer);
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        var lines = new LineReader(session);
        var (greeting, _) = await ResponseAsync(lines, cancellation).ConfigureAwait(false);
        if (!Is(greeting, "OK")) return Turned(greeting);
        await lines.SayAsync("CAPABILITY", cancellation).ConfigureAwait(false);
        var (answer, mechanisms) = await ResponseAsync(lines, cancellation).ConfigureAwait(false);
        var judged = !Is(answer, "OK") ? Turned(answer)
            : Login is null ? Answers.SessionStands(Answers.Said(answer))
            : await LogInAsync(lines, Login, mechanisms, password, cancellation).ConfigureAwait(false);
        await lines.SayAsync("LOGOUT", cancellation).ConfigureAwait(false);
        return judged;
    }

    /// <summary>AUTHENTICATE with its message in quotes (RFC 5804 §2.1): base64 contains none.</summary>
    private async Task<ServerAnswer> LogInAsync(LineReader lines, Login login, string mechanisms, Secret? password, CancellationToken cancellation)
    {
        var mechanism = Sasl.Mechanism(login);
        if (!Sasl.IsOffered(mechanisms, mechanism)) return Logins.NotOffered(mechanism, HasToRefuse);
        await lines.SayAsync($"AUTHENTICATE \"{mechanism}\" \"{Sasl.Base64(login, password)}\"", cancellation).ConfigureAwait(false);
        var (answer, _) = await ResponseAsync(lines, cancellation).ConfigureAwait(false);
        var said = Answers.Said(answer);
        if (Is(answer, "OK")) return Logins.Succeeded(said);
        if (!Is(answer, "NO")) return Logins.BrokenOff(said, answer.Replace('"', ' ')); // BYE as well: the server may drop clients that fail in this way
        return answer.Contains("(TRYLATER", StringComparison.OrdinalIgnoreCase) || answer.Contains("(QUOTA", StringComparison.OrdinalIgnoreCase) ? Logins.Down(said) // RFC 5804 §1.3
            : answer.Contains("-NEEDED)", StringComparison.OrdinalIgnoreCase) || answer.Contains("-WEAK)", StringComparison.OrdinalIgnoreCase) ? Logins.Undecided(said)
            : Logins.Refused(login, HasToRefuse, said, answer.Replace('"', ' '));
    }

    /// <summary>The line that ends a response, or asks us to continue; and the SASL mechanisms among the capabilities before it.</summary>
    private static async Task<(string Answer, string Mechanisms)> ResponseAsync(LineReader lines, CancellationToken cancellation)
    {
        var mechanisms = "";
        while (true)
        {
            var line = await lines.ReadAsync(cancellation).ConfigureAwait(false);
            if (Is(line, "OK") || Is(line, "NO") || Is(line, "BYE") || line is "\"\"") return (line, mechanisms);
            if (!line.StartsWith('"')) throw new MalformedException(Answers.Said(line));
            if (line.StartsWith("\"SASL\"", StringComparison.OrdinalIgnoreCase)) mechanisms = line[6..].Replace('"', ' ');
        }
    }

    /// <summary>A server's text for people is in quotes (RFC 5804 §1.2).</summary>
    private static ServerAnswer Turned(string line) =>
        Answers.SpeaksOfCertificate(line.Replace('"', ' ')) ? Answers.Refused(Answers.Said(line))
        : Is(line, "BYE") ? Answers.Down(Answers.Said(line))
        : Answers.Unclear(Answers.Said(line), ", and the certificate may or may not be the cause", "The server's log at the time of the probe says why it does not continue.");

    private static bool Is(string line, string word) => line.StartsWith(word, StringComparison.OrdinalIgnoreCase) && (line.Length == word.Length || line[word.Length] is ' ' or '(');
}
