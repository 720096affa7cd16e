using System.Net;
using System.Net.Sockets;
using System.Text;
using static MtlsProbe.Tests.Handshake.Protocols.ServedProtocol;

namespace MtlsProbe.Tests.Handshake.Protocols;

/// <summary>What a server, or an attacker on the path, can do to the messages before TLS and to all bytes.</summary>
public sealed class ProtocolInjectionTests : IDisposable
{
    private readonly ServedProtocol _served = new();

    public void Dispose() => _served.Dispose();

    /// <summary>In plain text: endless banners, replies and lists, and endless bytes.</summary>
    [Theory]
    [InlineData("smtp", "220-banner\r\n", "more than 256 lines")]
    [InlineData("lmtp", "220-", "without an end")]
    [InlineData("imap", "x", "without an end")]
    [InlineData("pop3", "+OK", "without an end")]
    [InlineData("ftp", "220-more\r\n", "more than 256 lines")]
    [InlineData("nntp", "200-more\r\n", "more than 256 lines")]
    [InlineData("sieve", "\"MORE\"\r\n", "more than 256 lines")]
    [InlineData("xmpp", "<a>", "more than 64 KiB")]
    [InlineData("xmpp", " ", "which is not XML")]
    [InlineData("mysql", "\x01\0\x01\0", "the server announced a packet of 65537 bytes")]
    [InlineData("ldap", "\x30\x84\x80\0\0\0", "the server announced a packet of 2147483648 bytes")]
    public async Task Endless_data_before_TLS_are_bounded_and_reported(string protocol, string again, string detail)
    {
        var many = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(again, 1 + (1024 / again.Length))));
        await using var peer = Peer.Raw(async connection =>
        {
            for (var sent = 0; sent < 100; sent++) await connection.SendRawAsync(many);
            await connection.ReceiveRawAsync();
        });

        var (verdict, why) = Told(Assert.Single(await _served.ProbeAsync(peer, protocol)));

        Assert.Equal("failed starttls_refused", verdict);
        Assert.Contains(detail, why, StringComparison.Ordinal);
        Assert.True(why!.Length < 1000, why);
    }

    /// <summary>The meaning does not depend on how the data are split: plain text, handshake, tickets and answer come one byte per packet.</summary>
    [Theory]
    [InlineData("postgres", "R\0\0\0\x08\0\0\0\0")]
    [InlineData("mysql", "\x07\0\0\x03\0\0\0\x02\0\0\0")]
    [InlineData("smtp", "250-mail.test\r\n250 SIZE 100\r\n")]
    [InlineData("xmpp", "<stream:stream><stream:features/>")]
    [InlineData("ldap", "\x30\x0c\x02\x01\x02\x65\x07\x0a\x01\0\x04\0\x04\0")]
    [InlineData("mqtts", "\x20\x02\0\0")]
    public async Task A_handshake_and_an_answer_in_single_bytes_are_read_completely(string protocol, string answer)
    {
        await using var peer = _served.Serve(ProtocolAnswerTests.s_clear.GetValueOrDefault(protocol, []), [answer]);
        await using var relay = Peer.Raw(connection => CutAsync(connection, peer.Port));

        Assert.Equal("accepted protocol_answer", Told(Assert.Single(await _served.ProbeAsync(relay, protocol, "timeout: 20s"))).Verdict);
    }

    /// <summary>MySQL can compress what follows the login. We do not request it, so no compressed data are ever unpacked.</summary>
    [Fact]
    public async Task No_compression_is_offered()
    {
        const int compress = 0x20;
        await using var peer = _served.Serve(["!" + ProtocolAnswerTests.MySqlGreeting(0xffff), "?36"], ["\x07\0\0\x03\0\0\0\x02\0\0\0"]);

        Assert.Equal("accepted protocol_answer", Told(Assert.Single(await _served.ProbeAsync(peer, "mysql"))).Verdict);
        Assert.All(_served.Heard.Take(2), words => Assert.Equal(0, words[4] & compress));
    }

    /// <summary>Forwards bytes in both directions, those of the server one by one.</summary>
    private static async Task CutAsync(PeerConnection client, int port)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), client.Stop);
        var asking = AskAsync();
        var bytes = new byte[4096];
        while (await server.ReceiveAsync(bytes, client.Stop) is > 0 and var count)
        {
            for (var i = 0; i < count; i++) await client.SendRawAsync(bytes.AsMemory(i, 1));
        }

        async Task AskAsync()
        {
            while (await client.ReceiveRawTextAsync() is var said) await server.SendAsync(Encoding.Latin1.GetBytes(said), client.Stop);
        }

        await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
