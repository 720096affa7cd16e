using System.Text;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Handshake;

/// <summary>What counts as a server's time, and what does not: the answer can come from anyone, and from any cache.</summary>
public sealed class HttpDateTests
{
    private static readonly DateTimeOffset s_date = new(1994, 11, 6, 8, 49, 37, TimeSpan.Zero);

    [Theory]
    [InlineData("Date: Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("date:Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Server: x\r\nDATE: Sunday, 06-Nov-94 08:49:37 GMT")] // RFC 9110 §5.6.7, both of them obsolete
    [InlineData("Date: Sun Nov  6 08:49:37 1994")]
    public async Task Every_form_of_a_date_is_read(string fields) => Assert.Equal(s_date, await Of(fields));

    [Theory]
    [InlineData("Server: x")]
    [InlineData("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nAge: 0")]
    [InlineData("Age: 7200\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT")]
    [InlineData("Date: ")]
    [InlineData("Date: 784111777")]
    [InlineData("Date: Sun, 36 Nov 1994 08:49:37 GMT")]
    [InlineData("Date: Sun, 06 Nov 99999 08:49:37 GMT")]
    [InlineData("Date: Sun, 06 Nov 1994 08:49:37 GMT                                                                    ,")]
    public async Task An_invalid_or_possibly_old_date_gives_no_time(string fields) => Assert.Null(await Of(fields));

    [Fact]
    public async Task The_date_of_an_interim_answer_is_not_that_of_the_answer()
    {
        var answer = await Read("HTTP/1.1 103 Early Hints\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
        Assert.Equal((AnswerKind.LetIn, null), (answer!.Kind, answer.Date));
    }

    private static async Task<DateTimeOffset?> Of(string fields) => (await Read($"HTTP/1.1 400 Bad Request\r\n{fields}\r\n\r\nThe SSL certificate error"))!.Date;

    private static Task<ServerAnswer?> Read(string answer) => new HttpExchange(new MemoryStream(Encoding.Latin1.GetBytes(answer)), new Https()).ReadAsync(CancellationToken.None);
}
