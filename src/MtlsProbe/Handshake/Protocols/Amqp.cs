using System.Buffers.Binary;
using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// AMQP 0-9-1 (§4.2.2) or 1.0 (§2.2): the header of the protocol, whose answer decides: Connection.Start, or the header that the server would
/// rather have. Who logs in, by certificate or password, is settled after that.
/// </summary>
internal sealed record Amqp : ServiceProtocol
{
    private const byte MethodFrame = 1;
    private const byte FrameEnd = 0xce;
    private const uint ConnectionStart = 0x000a_000a;
    private const uint ConnectionClose = 0x000a_0032;

    public static ProtocolGrammar Grammar { get; } = new()
    {
        Name = "amqps",
        Does = "sends the header of AMQP",
        DefaultPort = 5671,
        Block = "amqp",
        Keys = ["version"],
        Flags = [new("--amqp-version", "version", "VERSION", "0-9-1 or 1.0. Default: 0-9-1.", text => Version(text).Of(text))],
        Read = block => new Amqp { IsVersion1 = block.Read("version", Version)?.Value ?? false },
    };

    public bool IsVersion1 { get; init; }

    public override string Name => Grammar.Name;

    public override string Summary => $"the header of AMQP {(IsVersion1 ? "1.0" : "0-9-1")}";

    public override IEnumerable<(string Flag, string Value)> Flags() => [.. base.Flags(), .. IsVersion1 ? ((string, string)[])[("--amqp-version", "1.0")] : []];

    protected override byte[] Asked(Target target) => [.. "AMQP"u8, 0, .. IsVersion1 ? (byte[])[1, 0, 0] : [0, 9, 1]];

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, CancellationToken cancellation)
    {
        await session.WriteAsync(Asked(target), cancellation).ConfigureAwait(false);
        var head = await Packet.ReadAsync(session, 8, cancellation).ConfigureAwait(false);
        if (head.AsSpan(0, 4).SequenceEqual("AMQP"u8)) return Answers.LetIn($"the server answered with its header, version {head[5]}.{head[6]}.{head[7]}");

        // Type, channel, four bytes of length, and the first of the content.
        if (head[0] != MethodFrame || head[1] != 0 || head[2] != 0) throw new MalformedException($"the server answered {Text.PlainText.Quote(head)}, which is no AMQP");
        var length = Packet.Length(BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(3)), least: 4);
        byte[] rest = await Packet.ReadAsync(session, length, cancellation).ConfigureAwait(false);
        if (rest[^1] != FrameEnd) throw new MalformedException("the server sent a frame of AMQP without its end");
        byte[] content = [head[7], .. rest[..^1]];
        return BinaryPrimitives.ReadUInt32BigEndian(content) switch
        {
            ConnectionStart => Answers.LetIn("the server answered with Connection.Start"),
            ConnectionClose => Closed(content.AsSpan(4)),
            var method => throw new MalformedException($"the server answered with the method 0x{method:x8}"),
        };
    }

    /// <summary>A code of two bytes and a text with a byte of length.</summary>
    private static ServerAnswer Closed(ReadOnlySpan<byte> reason)
    {
        if (reason.Length < 3 || reason.Length < 3 + reason[2]) throw new MalformedException("the server closed the connection of AMQP without a reason");
        var text = Encoding.UTF8.GetString(reason.Slice(3, reason[2]));
        var detail = Answers.Said(FormattableString.Invariant($"{BinaryPrimitives.ReadUInt16BigEndian(reason)} {text}"));
        return Answers.SpeaksOfCertificate(text) ? Answers.Refused(detail)
            : Answers.Unclear(detail, ", which may be for the certificate or not", "The broker's log at the time of the probe says why it does not go on.");
    }

    private static Reading<bool> Version(string text) => text switch
    {
        "0-9-1" => false,
        "1.0" => true,
        _ => Reading<bool>.Wrong("is not a version of AMQP that the prober speaks", "\"0-9-1\" or \"1.0\""),
    };
}
