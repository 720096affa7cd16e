using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Fuzz;

/// <summary>Frames of HTTP/2 in answer to https and to gRPC. The framework reads them; MtlsProbe must handle whatever it throws and returns.</summary>
internal sealed class Http2Entry : FuzzEntry
{
    private static readonly Protocol[] s_protocols = [new Https { IsVersion2 = true }, new Grpc { Service = "a" }];

    public override string Name => "http2";

    public override string Does => "frames of HTTP/2 in answer to https and grpc";

    public override bool UsesOtherThreads => true;

    /// <summary>Space for the window of a stream and for the fields of an answer is allocated.</summary>
    public override long MostAllocated(int length) => (32L << 20) + (3000L * length);

    public override IReadOnlyList<string> Tokens => [":status", "grpc-status", "grpc-message", "content-type", "application/grpc", "certificate", "\u001b[2J"];

    public override IReadOnlyList<string> Reached => ["Refused", "LetIn"];

    public override IEnumerable<byte[]> Seeds() => SeedDialogues.Http2.Select(SeedDialogues.Bytes);

    public override string Run(byte[] input)
    {
        var words = s_protocols.Select(protocol => Dialogue.Once(protocol, isBefore: false, input, input.Length).Split('"')[0]).ToList();
        return words.Find(word => word.StartsWith("Refused", StringComparison.Ordinal)) is not null ? "Refused"
            : words.Find(word => word.StartsWith("LetIn", StringComparison.Ordinal)) is not null ? "LetIn"
            : string.Join(" / ", words);
    }
}
