using System.Text;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Handshake;

/// <summary>An answer has the same meaning whether it comes at once or byte by byte: a verdict must not depend on how the network splits it.</summary>
public sealed class HttpExchangeTests
{
    private const string Chunked = "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n";

    [Theory]
    [InlineData("HTTP/1.1 400 \r\nContent-Length: 4\r\n\r\nnopecertificate", nameof(AnswerKind.LetIn))]
    [InlineData("HTTP/1.1 400 \r\nContent-Length: 11\r\n\r\ncertificate", nameof(AnswerKind.Refused))]
    [InlineData("HTTP/1.1 400 \r\nContent-Length: 99\r\n\r\nnope", nameof(AnswerKind.Unclear))]
    [InlineData("HTTP/1.1 400 \r\n\r\n10\r\n\r\nno certificate", nameof(AnswerKind.Refused))]
    [InlineData("HTTP/1.1 400 \r\n\r\nnope", nameof(AnswerKind.LetIn))]
    [InlineData(Chunked + "4\r\nnope\r\n0\r\n\r\ncertificate", nameof(AnswerKind.LetIn))]
    [InlineData(Chunked + "5\r\n0\r\n\r\n\r\nB;ext=1\r\ncertificate\r\n0\r\n\r\n", nameof(AnswerKind.Refused))]
    [InlineData(Chunked + "what\r\ncertificate", nameof(AnswerKind.Refused))]
    [InlineData(Chunked + "fffffff\r\nnope", nameof(AnswerKind.Unclear))]

    // A transfer coding takes precedence over a length, wherever it is, and only the last coding determines the end of the body (RFC 9112 §6.3).
    [InlineData("HTTP/1.1 400 \r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnope\r\nb\r\ncertificate\r\n0\r\n\r\n", nameof(AnswerKind.Refused))]
    [InlineData("HTTP/1.1 400 \r\nTransfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n4\r\nnope\r\n0\r\n\r\n", nameof(AnswerKind.LetIn))]
    [InlineData("HTTP/1.1 400 \r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnope\r\n0\r\n\r\ncertificate", nameof(AnswerKind.LetIn))]
    [InlineData("HTTP/1.1 400 \r\nTransfer-Encoding: chunked, gzip\r\nContent-Length: 4\r\n\r\n0\r\n\r\ncertificate", nameof(AnswerKind.Refused))]
    [InlineData("HTTP/1.1 400 \r\nTransfer-Encoding: unchunked\r\n\r\n0\r\n\r\ncertificate", nameof(AnswerKind.Refused))]
    public async Task The_body_is_searched_to_its_end_and_no_further(string answer, string kind)
    {
        Assert.Equal(kind, (await Read(answer, int.MaxValue))?.Kind.ToString());
        Assert.Equal(kind, (await Read(answer, 1))?.Kind.ToString());
        Assert.Equal(kind, (await Read(answer, 7))?.Kind.ToString());
    }

    [Fact]
    public async Task A_head_beyond_the_bound_is_refused_however_it_arrives()
    {
        var answer = string.Concat(Enumerable.Repeat("HTTP/1.1 103 \n\n", 4400)) + "HTTP/1.1 200 \n\n";

        Assert.Equal(AnswerKind.NotUnderstood, (await Read(answer, int.MaxValue))?.Kind);
        Assert.Equal(AnswerKind.NotUnderstood, (await Read(answer, 1000))?.Kind);
    }

    private static Task<ServerAnswer?> Read(string answer, int piece) =>
        new HttpExchange(new Pieces(Encoding.Latin1.GetBytes(answer), piece), new Https()).ReadAsync(CancellationToken.None);

    /// <summary>Returns at most one piece at once.</summary>
    private sealed class Pieces(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
