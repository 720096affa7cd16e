using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// FTP (RFC 959) with AUTH TLS (RFC 4217) or immediate TLS. Inside TLS the probe sends NOOP, and any reply decides, even one that demands a login.
/// </summary>
internal sealed record Ftp : ServiceProtocol
{
    private const int Leave = 421;

    private readonly string _name;

    private Ftp(string name) => _name = name;

    public static ProtocolGrammar Grammar { get; } = new() { Name = "ftp", Does = "says NOOP after AUTH TLS", DefaultPort = 21, Read = _ => new Ftp("ftp") };

    public static ProtocolGrammar OverTls { get; } = new() { Name = "ftps", Does = "says NOOP", DefaultPort = 990, Read = _ => new Ftp("ftps") };

    public override string Name => _name;

    public override string Summary => "NOOP";

    public override string? OpensslStarttls => BeginsInClearText ? Name : null;

    protected override bool BeginsInClearText => !IsGreeted;

    protected override bool IsGreeted => Name == "ftps";

    protected override byte[] Asked(Target target) => "NOOP\r\nQUIT\r\n"u8.ToArray();

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        var lines = new LineReader(clear);
        var greeting = await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false);
        if (greeting.Code == 120) greeting = await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false); // "ready in nnn minutes"
        if (greeting.Code != 220) return greeting.Detail;
        await lines.SayAsync("AUTH TLS", cancellation).ConfigureAwait(false);
        return await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: not 234 } reply ? reply.Detail : null;
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        var lines = new LineReader(session);
        if (IsGreeted && await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false) is { Code: >= 400 } greeting) return greeting.Answer(Leave);
        await lines.SayAsync("NOOP", cancellation).ConfigureAwait(false);
        var reply = await Reply.ReadAsync(lines, cancellation).ConfigureAwait(false);
        await lines.SayAsync("QUIT", cancellation).ConfigureAwait(false);
        return reply.Answer(Leave);
    }
}
