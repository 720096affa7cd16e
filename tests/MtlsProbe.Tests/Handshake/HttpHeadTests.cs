using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Handshake;

public sealed class HttpHeadTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", 200, 25)]
    [InlineData("HTTP/1.0 403\r\n\r\n", 403, 16)]
    [InlineData("HTTP/1.1 496 \n\n", 496, 15)]
    public void A_whole_head_has_a_status_and_a_length(string text, int status, int length)
    {
        var head = HttpHead.Parse(Encoding.Latin1.GetBytes(text));
        Assert.Equal((HttpHeadState.Whole, status, length), (head.State, head.Status, head.Length));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n\r\n")]
    [InlineData("HTTP/1.1 400\n\n")]
    public void A_head_that_comes_byte_by_byte_is_partial_until_its_last_byte(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        for (var length = 0; length < bytes.Length; length++) Assert.Equal(HttpHeadState.Partial, HttpHead.Parse(bytes.AsSpan(0, length)).State);
        Assert.Equal(HttpHeadState.Whole, HttpHead.Parse(bytes).State);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\n\nbody")]
    [InlineData("HTTP/1.1 200 OK\nA: b\n\r\nbody")]
    public void An_end_is_found_wherever_the_bytes_before_it_have_been_scanned_to(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var whole = HttpHead.Parse(bytes);
        for (var scanned = 0; scanned < whole.Length; scanned++) Assert.Equal(whole, HttpHead.Parse(bytes, scanned));
    }

    [Fact]
    public void Scanned_bytes_are_not_scanned_again()
    {
        var bytes = Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nA: b\r\n\r\n");

        Assert.Equal(HttpHeadState.Partial, HttpHead.Parse([.. bytes, (byte)'a', (byte)'b'], scanned: bytes.Length + 2).State);
    }

    [Theory]
    [InlineData("H2")]
    [InlineData("HTTP/2.0 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.x 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 099 OK\r\n\r\n")]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n")]
    [InlineData("\0")]
    public void Other_input_is_not_http(string text) => Assert.Equal(HttpHeadState.NotHttp, HttpHead.Parse(Encoding.Latin1.GetBytes(text)).State);

    [Fact]
    public void No_bytes_make_the_parser_throw_or_read_past_their_end() => Prop.ForAll<byte[]>(noise =>
    {
        byte[] bytes = [.. "HTTP/1.1 200"u8, .. noise];
        var head = HttpHead.Parse(bytes);
        return head.Length <= bytes.Length && HttpHead.Parse(noise).Length <= noise.Length;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("server.test", 443, "server.test")]
    [InlineData("server.test", 8443, "server.test:8443")]
    [InlineData("::1", 8443, "[::1]:8443")]
    public void The_request_names_the_server_as_a_browser_would(string name, int port, string host)
    {
        var target = new Target { Name = "t", Address = new HostPort("127.0.0.1", port), ServerName = name, Protocol = new Https { Method = "HEAD", Path = "/healthz?x=1" } };
        Assert.Equal(
            $"HEAD /healthz?x=1 HTTP/1.1\r\nHost: {host}\r\nUser-Agent: MtlsProbe\r\nAccept: */*\r\nConnection: close\r\n\r\n",
            Encoding.ASCII.GetString(((Https)target.Protocol).Request(target)));
    }
}
