using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// Redis and compatible servers with TLS (https://redis.io/docs/latest/develop/reference/protocol-spec): the request is PING, and any answer decides,
/// even one that demands a login.
/// </summary>
internal sealed record Redis : ServiceProtocol
{
    public static ProtocolGrammar Grammar { get; } = new() { Name = "rediss", Does = "says PING", DefaultPort = 6379, Read = _ => new Redis() };

    public override string Name => Grammar.Name;

    public override string Summary => "PING";

    protected override byte[] Asked(Target target) => "PING\r\nQUIT\r\n"u8.ToArray();

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        var lines = new LineReader(session);
        await lines.SayAsync("PING", cancellation).ConfigureAwait(false);
        var answer = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        if (answer.Length == 0 || answer[0] is not ('+' or '-')) throw new MalformedException(Answers.Said(answer));
        await lines.SayAsync("QUIT", cancellation).ConfigureAwait(false);
        var detail = Answers.Said(answer);
        return answer.Split(' ')[0] switch
        {
            "-LOADING" or "-MASTERDOWN" or "-CLUSTERDOWN" => Answers.Down(detail),
            "-DENIED" => Answers.Unwilling(detail, "The server is in protected mode, and serves only its own machine: set a password or bind it to an address."),
            ['-', ..] when Answers.SpeaksOfCertificate(answer) => Answers.Refused(detail),
            "+PONG" => Answers.LetIn(detail),
            _ => Answers.LetIn(detail) with { IsReply = false }, // -NOAUTH and -NOPERM: the session is open, but requires a user. -ERR may be sent to every client without a request
        };
    }
}
