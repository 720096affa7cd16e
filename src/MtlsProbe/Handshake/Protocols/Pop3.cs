using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// POP3 (RFC 1939) with STLS (RFC 2595) or immediate TLS. Inside TLS the probe sends CAPA, and any answer decides, even that the server does not
/// support it, or that of a following AUTH (RFC 5034). Dovecot checks the certificate only at a login.
/// </summary>
internal sealed record Pop3 : ServiceProtocol
{
    private readonly string _name;

    private Pop3(string name) => _name = name;

    public static ProtocolGrammar Grammar { get; } = new() { Name = "pop3", Does = "asks for CAPA after STLS", DefaultPort = 110, Logins = LoginKinds.Both, Read = _ => new Pop3("pop3") };

    public static ProtocolGrammar OverTls { get; } = new() { Name = "pop3s", Does = "asks for CAPA", DefaultPort = 995, Logins = LoginKinds.Both, Read = _ => new Pop3("pop3s") };

    public override string Name => _name;

    public override string Summary => $"CAPA{Logins.Summary(Login)}";

    public override string? OpensslStarttls => BeginsInClearText ? Name : null;

    protected override bool BeginsInClearText => !IsGreeted;

    protected override bool IsGreeted => Name == "pop3s";

    protected override byte[] Asked(Target target) =>
        [.. "CAPA\r\n"u8, .. Login is ExternalLogin ? "AUTH EXTERNAL\r\n\r\n"u8 : [], .. "QUIT\r\n"u8];

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(clear);
        var greeting = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        if (!Is(greeting, "+OK")) return Answers.Said(greeting);
        await lines.SayAsync("STLS", cancellation).ConfigureAwait(false);
        var answer = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        return Is(answer, "+OK") ? null : Answers.Said(answer);
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
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
        var mechanisms = Is(answer, "+OK") ? await MechanismsAsync(lines, cancellation).ConfigureAwait(false) : "";
        var judged = Login is null ? Answers.SessionStands(Answers.Said(answer)) : await LogInAsync(lines, Login, mechanisms, password, cancellation).ConfigureAwait(false);
        await lines.SayAsync("QUIT", cancellation).ConfigureAwait(false);
        return judged;
    }

    /// <summary>Reads the capabilities to their end (RFC 2449 §5), and returns those of SASL (RFC 5034 §3).</summary>
    private static async Task<string> MechanismsAsync(LineReader lines, CancellationToken cancellation)
    {
        var mechanisms = "";
        while (true)
        {
            var line = await lines.ReadAsync(cancellation).ConfigureAwait(false);
            if (line == ".") return mechanisms;
            if (line.StartsWith("SASL ", StringComparison.OrdinalIgnoreCase)) mechanisms = line;
        }
    }

    private async Task<ServerAnswer> LogInAsync(LineReader lines, Login login, string mechanisms, Secret? password, CancellationToken cancellation)
    {
        var mechanism = Sasl.Mechanism(login);
        if (!Sasl.IsOffered(mechanisms, mechanism)) return Logins.NotOffered(mechanism, HasToRefuse);
        await lines.SayAsync($"AUTH {mechanism}", cancellation).ConfigureAwait(false);
        var answer = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        if (Is(answer, "+"))
        {
            await lines.SayAsync(Sasl.Base64(login, password), cancellation).ConfigureAwait(false);
            answer = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        }

        var said = Answers.Said(answer);
        if (Is(answer, "+OK")) return Logins.Succeeded(said);
        if (!Is(answer, "-ERR")) return Is(answer, "+") ? Logins.Undecided(said) : throw new MalformedException(said);
        return Says(answer, "SYS/") || Says(answer, "IN-USE") || Says(answer, "LOGIN-DELAY") ? Logins.Down(said) // RFC 2449 §8, RFC 3206
            : Logins.Refused(login, HasToRefuse, said, answer);
    }

    private static bool Says(string answer, string code) => answer.StartsWith($"-ERR [{code}", StringComparison.OrdinalIgnoreCase);

    private static bool Is(string line, string status) => line.StartsWith(status, StringComparison.Ordinal) && (line.Length == status.Length || line[status.Length] == ' ');
}
