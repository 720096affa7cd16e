using System.Buffers.Binary;
using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// AMQP 0-9-1 (§4.2.2) or 1.0 (§2.2). The request is the header of the protocol, and the answer to it decides: Connection.Start, or the header that
/// the server prefers. With a login (0-9-1), the answer to Connection.StartOk decides: Connection.Tune, or Connection.Close.
/// </summary>
internal sealed record Amqp : ServiceProtocol
{
    private const byte MethodFrame = 1;
    private const int AccessRefused = 403;
    private const byte FrameEnd = 0xce;
    private const uint ConnectionStart = 0x000a_000a;
    private const uint ConnectionSecure = 0x000a_0014;
    private const uint ConnectionTune = 0x000a_001e;
    private const uint ConnectionClose = 0x000a_0032;

    public static ProtocolGrammar Grammar { get; } = new()
    {
        Name = "amqps",
        Does = "sends the AMQP header",
        DefaultPort = 5671,
        Logins = LoginKinds.Both,
        LoginProblem = (_, spoken) => spoken is Amqp { IsVersion1: true } ? ("the prober logs in with AMQP 0-9-1 only", "remove it, or amqp.version") : null,
        Block = "amqp",
        Keys = ["version"],
        Flags = [new("--amqp-version", "version", "VERSION", "0-9-1 or 1.0. Default: 0-9-1.", text => Version(text).Of(text))],
        Read = block => new Amqp { IsVersion1 = block.Read("version", Version)?.Value ?? false },
    };

    public bool IsVersion1 { get; init; }

    public override string Name => Grammar.Name;

    public override string Summary => $"the header of AMQP {(IsVersion1 ? "1.0" : "0-9-1")}{Logins.Summary(Login)}";

    public override IEnumerable<(string Flag, string Value)> Flags() => [.. base.Flags(), .. IsVersion1 ? ((string, string)[])[("--amqp-version", "1.0")] : []];

    protected override byte[] Asked(Target target) => [.. "AMQP"u8, 0, .. IsVersion1 ? (byte[])[1, 0, 0] : [0, 9, 1]];

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        await session.WriteAsync(Asked(target), cancellation).ConfigureAwait(false);
        var head = await Packet.ReadAsync(session, 8, cancellation).ConfigureAwait(false);
        if (head.AsSpan(0, 4).SequenceEqual("AMQP"u8))
        {
            var detail = $"the server answered with its header, version {head[5]}.{head[6]}.{head[7]}";
            return Login is null ? Answers.LetIn(detail) : Answers.Unwilling(detail, "Remove login from this target, or enable AMQP 0-9-1 on the server.");
        }

        var content = await FrameAsync(session, head, cancellation).ConfigureAwait(false);
        return BinaryPrimitives.ReadUInt32BigEndian(content) switch
        {
            ConnectionStart when Login is not null => await LogInAsync(session, Login, AmqpStart.Mechanisms(content.AsSpan(4)), password, cancellation).ConfigureAwait(false),
            ConnectionStart => Answers.LetIn("the server answered with Connection.Start"),
            ConnectionClose => Closed(content.AsSpan(4)),
            var method => throw new MalformedException($"the server answered with the method 0x{method:x8}"),
        };
    }

    private async Task<ServerAnswer> LogInAsync(Stream session, Login login, string mechanisms, Secret? password, CancellationToken cancellation)
    {
        var mechanism = Sasl.Mechanism(login);
        if (!Sasl.IsOffered(mechanisms, mechanism)) return Logins.NotOffered(mechanism, HasToRefuse);
        var answer = AmqpStart.Answer(login, password);
        var frame = new byte[7 + answer.Length + 1];
        frame[0] = MethodFrame;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(3), answer.Length);
        answer.CopyTo(frame, 7);
        frame[^1] = FrameEnd;
        await session.WriteAsync(frame, cancellation).ConfigureAwait(false);
        var head = await Packet.ReadAsync(session, 8, cancellation).ConfigureAwait(false);
        var content = await FrameAsync(session, head, cancellation).ConfigureAwait(false);
        return BinaryPrimitives.ReadUInt32BigEndian(content) switch
        {
            ConnectionTune => Logins.Succeeded("the server answered to the login with Connection.Tune"),
            ConnectionSecure => Logins.Undecided("the server answered to the login with a challenge"),
            ConnectionClose => Closed(content.AsSpan(4), login),
            var method => throw new MalformedException($"the server answered to the login with the method 0x{method:x8}"),
        };
    }

    /// <summary>
    /// The content of a frame on channel 0 that begins with these bytes: type, channel, length in four bytes, and the beginning of the content.
    /// </summary>
    private static async ValueTask<byte[]> FrameAsync(Stream session, byte[] head, CancellationToken cancellation)
    {
        if (head[0] != MethodFrame || head[1] != 0 || head[2] != 0) throw new MalformedException($"the server answered {Text.PlainText.Quote(head)}, which is not AMQP");
        var length = Packet.Length(BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(3)), least: 4);
        byte[] rest = await Packet.ReadAsync(session, length, cancellation).ConfigureAwait(false);
        if (rest[^1] != FrameEnd) throw new MalformedException("the server sent an AMQP frame without its end");
        return [head[7], .. rest[..^1]];
    }

    /// <summary>A code in two bytes, and a text preceded by its length in one byte.</summary>
    /// <param name="login">The message that it answers; null: our header.</param>
    private ServerAnswer Closed(ReadOnlySpan<byte> reason, Login? login = null)
    {
        if (reason.Length < 3 || reason.Length < 3 + reason[2]) throw new MalformedException("the server closed the AMQP connection without a reason");
        var text = Encoding.UTF8.GetString(reason.Slice(3, reason[2]));
        var code = BinaryPrimitives.ReadUInt16BigEndian(reason);
        var detail = Answers.Said(FormattableString.Invariant($"{code} {text}"));
        if (login is not null && code == AccessRefused) return Logins.Refused(login, HasToRefuse, detail, text);
        return Answers.SpeaksOfCertificate(text) ? Answers.Refused(detail)
            : Answers.Unclear(detail, ", and the certificate may or may not be the cause", "The broker's log at the time of the probe says why it does not continue.");
    }

    private static Reading<bool> Version(string text) => text switch
    {
        "0-9-1" => false,
        "1.0" => true,
        _ => Reading<bool>.Wrong("is not a supported version of AMQP", "\"0-9-1\" or \"1.0\""),
    };
}
