using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// ManageSieve (RFC 5804) with STARTTLS: the server says its capabilities unasked, before TLS and again inside it (§2.2); CAPABILITY, whose
/// answer decides. Dovecot judges the certificate only at a login.
/// </summary>
internal sealed record Sieve : ServiceProtocol
{
    public static ProtocolGrammar Grammar { get; } = new() { Name = "sieve", Does = "asks for CAPABILITY after STARTTLS", DefaultPort = 4190, Read = _ => new Sieve() };

    public override string Name => Grammar.Name;

    public override string Summary => "CAPABILITY";

    public override string OpensslStarttls => "sieve";

    protected override bool BeginsInClearText => true;

    protected override bool IsGreeted => true;

    protected override byte[] Asked(Target target) => "CAPABILITY\r\nLOGOUT\r\n"u8.ToArray();

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(clear);
        var greeting = await ResponseAsync(lines, cancellation).ConfigureAwait(false);
        if (!Is(greeting, "OK")) return Answers.Said(greeting);
        await lines.SayAsync("STARTTLS", cancellation).ConfigureAwait(false);
        var answer = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        return Is(answer, "OK") ? null : Answers.Said(answer);
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(session);
        var greeting = await ResponseAsync(lines, cancellation).ConfigureAwait(false);
        if (!Is(greeting, "OK")) return Turned(greeting);
        await lines.SayAsync("CAPABILITY", cancellation).ConfigureAwait(false);
        var answer = await ResponseAsync(lines, cancellation).ConfigureAwait(false);
        await lines.SayAsync("LOGOUT", cancellation).ConfigureAwait(false);
        return Is(answer, "OK") ? Answers.SessionStands(Answers.Said(answer)) : Turned(answer);
    }

    /// <summary>The line that ends a response; capabilities before it are passed over.</summary>
    private static async Task<string> ResponseAsync(LineReader lines, CancellationToken cancellation)
    {
        while (true)
        {
            var line = await lines.ReadAsync(cancellation).ConfigureAwait(false);
            if (Is(line, "OK") || Is(line, "NO") || Is(line, "BYE")) return line;
            if (!line.StartsWith('"')) throw new MalformedException(Answers.Said(line));
        }
    }

    /// <summary>A server's words to people stand in quotes (RFC 5804 §1.2).</summary>
    private static ServerAnswer Turned(string line) =>
        Answers.SpeaksOfCertificate(line.Replace('"', ' ')) ? Answers.Refused(Answers.Said(line))
        : Is(line, "BYE") ? Answers.Down(Answers.Said(line))
        : Answers.Unclear(Answers.Said(line), ", which may be for the certificate or not", "The server's log at the time of the probe says why it does not go on.");

    private static bool Is(string line, string word) => line.StartsWith(word, StringComparison.OrdinalIgnoreCase) && (line.Length == word.Length || line[word.Length] is ' ' or '(');
}
