using System.Buffers.Binary;
using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// Kafka (https://kafka.apache.org/protocol): the request is ApiVersions, and the response with our correlation ID decides. Authorization comes
/// later.
/// </summary>
internal sealed record Kafka : ServiceProtocol
{
    private const int Correlation = 0x6d74_6c73;

    public static ProtocolGrammar Grammar { get; } = new() { Name = "kafka", Does = "asks for ApiVersions", DefaultPort = 9093, Read = _ => new Kafka() };

    public override string Name => Grammar.Name;

    public override string Summary => "ApiVersions";

    protected override byte[] Asked(Target target)
    {
        // Length, key 18 and version 0 of ApiVersions, the correlation ID, and our name with its length.
        var name = Encoding.ASCII.GetBytes("mtlsprobe");
        var request = new byte[14 + name.Length];
        BinaryPrimitives.WriteInt32BigEndian(request, request.Length - 4);
        BinaryPrimitives.WriteInt16BigEndian(request.AsSpan(4), 18);
        BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(8), Correlation);
        BinaryPrimitives.WriteInt16BigEndian(request.AsSpan(12), (short)name.Length);
        name.CopyTo(request, 14);
        return request;
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        await session.WriteAsync(Asked(target), cancellation).ConfigureAwait(false);
        var head = await Packet.ReadAsync(session, 8, cancellation).ConfigureAwait(false);
        var length = Packet.Length(BinaryPrimitives.ReadUInt32BigEndian(head), least: 6);
        if (BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4)) != Correlation) throw new MalformedException("the server answered a request that we have not sent");
        var body = await Packet.ReadAsync(session, length - 4, cancellation).ConfigureAwait(false);
        return Answers.LetIn(FormattableString.Invariant($"the server answered ApiVersions with the error {BinaryPrimitives.ReadInt16BigEndian(body)}"));
    }
}
