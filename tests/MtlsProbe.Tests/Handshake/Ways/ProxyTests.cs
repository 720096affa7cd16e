using System.Net;
using System.Text.Json;
using MtlsProbe.OpenSsl;
using MtlsProbe.Tests.Handshake.Protocols;
using static MtlsProbe.Tests.Handshake.Protocols.ServedProtocol;

namespace MtlsProbe.Tests.Handshake.Ways;

/// <summary>Probes through proxies in this process. Whatever these do is attributed to them, and never to the server.</summary>
public sealed class ProxyTests : IDisposable
{
    private const string Open = "HTTP/1.1 200 Connection established\r\nVia: here\r\n\r\n";
    private const string Pong = "+PONG\r\n";

    private const string SocksOpen = "\x05\0\0\x01\0\0\0\0\0\0";

    private readonly ServedProtocol _served = new();

    public void Dispose() => _served.Dispose();

    [Theory]
    [InlineData("http", Open)]
    [InlineData("http", "HTTP/1.1 100 Continue\r\n\r\n" + Open)]
    [InlineData("http", "HTTP/1.0 204\n\n")]
    [InlineData("socks5", "\x05\0", SocksOpen)]
    [InlineData("socks5", "\x05\0", "\x05\0\0\x03\x04host\0\0")]
    [InlineData("socks5", "\x05\0", "\x05\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    public async Task A_good_credential_is_accepted_through_a_proxy(string scheme, params string[] turns)
    {
        await using var server = _served.Serve([], [Pong]);
        await using var proxy = TestProxy.Opening(server.Port, turns);

        var record = await ProbeAsync(server.Port, $"{scheme}://127.0.0.1:{proxy.Port}");

        Assert.Equal("accepted protocol_answer", Told(record).Verdict);
        Assert.Equal($"{scheme}://127.0.0.1:{proxy.Port}", record.GetProperty("way").GetProperty("proxy").GetString());
        Assert.Equal($"127.0.0.1:{proxy.Port}", record.GetProperty("remote").GetString());
        Assert.True(record.GetProperty("timings").GetProperty("proxy").GetDouble() > 0);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task A_refusal_through_a_proxy_is_that_of_the_server(string scheme)
    {
        await using var server = _served.Serve([], [Pong]);
        await using var proxy = scheme == "http" ? TestProxy.Opening(server.Port, Open) : TestProxy.Opening(server.Port, "\x05\0", SocksOpen);

        var record = await ProbeAsync(server.Port, $"{scheme}://127.0.0.1:{proxy.Port}", identity: "none");

        Assert.Equal("rejected alert certificate_required", Told(record).Verdict);
    }

    [Fact]
    public async Task The_proxy_looks_up_the_name_of_the_server()
    {
        await using var server = _served.Serve([], [Pong]);
        await using var http = TestProxy.Opening(server.Port, Open);
        await using var socks = TestProxy.Opening(server.Port, "\x05\0", SocksOpen);

        foreach (var proxy in (string[])[$"http://127.0.0.1:{http.Port}", $"socks5://127.0.0.1:{socks.Port}"])
            Assert.Equal("accepted protocol_answer", Told(Assert.Single(await _served.ProbeAsync($"nobody-knows.invalid:{server.Port}", "rediss", $"proxy: \"{proxy}\""))).Verdict);

        Assert.Equal($"CONNECT nobody-knows.invalid:{server.Port} HTTP/1.1\r\nHost: nobody-knows.invalid:{server.Port}\r\n\r\n", Assert.Single(http.Heard.Distinct()));
        Assert.Equal($"\x05\x01\0|\x05\x01\0\x03\x14nobody-knows.invalid{(char)(server.Port >> 8)}{(char)(server.Port & 255)}", string.Join('|', socks.Heard));
    }

    [Fact]
    public async Task User_and_password_are_sent_as_the_proxy_requires_and_never_shown()
    {
        await using var server = _served.Serve([], [Pong]);
        await using var http = TestProxy.Opening(server.Port, Open);
        await using var socks = TestProxy.Opening(server.Port, "\x05\x02", "\x01\0", SocksOpen);
        await using var open = TestProxy.Opening(server.Port, "\x05\0", SocksOpen);
        using var files = new Credentials.TempFiles();
        var password = files.Write("pass", "hunter2\n");

        foreach (var url in (string[])[$"http://127.0.0.1:{http.Port}", $"socks5://127.0.0.1:{socks.Port}", $"socks5://127.0.0.1:{open.Port}"])
        {
            var record = await ProbeAsync(server.Port, $"{{ url: \"{url}\", username: probe, password_file: \"{password}\" }}");
            Assert.Equal("accepted protocol_answer", Told(record).Verdict);
            Assert.DoesNotContain("hunter2", record.GetRawText(), StringComparison.Ordinal);
        }

        Assert.Contains("\r\nProxy-Authorization: Basic cHJvYmU6aHVudGVyMg==\r\n", Assert.Single(http.Heard.Distinct()), StringComparison.Ordinal);
        Assert.StartsWith("\x05\x02\0\x02|\x01\x05probe\x07hunter2|\x05\x01\0", string.Join('|', socks.Heard), StringComparison.Ordinal);
        Assert.DoesNotContain(open.Heard, said => said.Contains("hunter2", StringComparison.Ordinal)); // it was not requested
    }

    /// <summary>Scheme, what the proxy sends, the reason, a part of the detail.</summary>
    public static TheoryData<string, string[], string, string> Answers { get; } = new()
    {
        { "http", ["HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"squid\"\r\n\r\n"], "proxy_refused", "with \"HTTP/1.1 407 Proxy Authentication Required\" and Proxy-Authenticate: \"Basic realm=\"squid\"\"" },
        { "http", ["HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n\r\n<html>"], "proxy_refused", "with \"HTTP/1.1 403 Forbidden\" and X-Squid-Error: \"ERR_ACCESS_DENIED 0\"" },
        { "http", ["HTTP/1.1 502 \x1b[31mBad\x07 Gateway" + "\r\n\r\n"], "proxy_refused", "with \"HTTP/1.1 502 .[31mBad. Gateway\"" },
        { "http", ["HTTP/1.1 302 Found\r\nLocation: http://login\r\n\r\n"], "proxy_refused", "302 Found" },
        { "http", ["SSH-2.0-OpenSSH_9.2\r\n"], "proxy_failed", "answered \"SSH-2.0-OpenSSH_9.2\", which is not HTTP" },
        { "http", ["\x05\0\r\n"], "proxy_failed", "which is not HTTP" },
        { "http", ["HTTP/1.1 200 OK\r\nHalf: a head\r\n"], "proxy_failed", "closed the connection without an answer" },
        { "http", [""], "proxy_failed", "closed the connection without an answer" },
        { "http", [Open + "hello"], "proxy_failed", "opened the tunnel, but sent \"hello\" before the probe had sent anything to the server" },
        { "http", ["HTTP/1.1 100 a\r\n\r\nHTTP/1.1 100 a\r\n\r\nHTTP/1.1 100 a\r\n\r\nHTTP/1.1 100 a\r\n\r\nHTTP/1.1 100 a\r\n\r\n" + Open], "proxy_failed", "interim answers" },
        { "socks5", ["\x05\xff"], "proxy_refused", "requires a user and a password, or another authentication method" },
        { "socks5", ["\x05\0", "\x05\x01\0\x01\0\0\0\0\0\0"], "proxy_refused", "with reply 1, general failure" },
        { "socks5", ["\x05\0", "\x05\x02\0\x01\0\0\0\0\0\0"], "proxy_refused", "with reply 2, not allowed by its rules" },
        { "socks5", ["\x05\0", "\x05\x05\0\x01\0\0\0\0\0\0"], "proxy_refused", "with reply 5, connection refused" },
        { "socks5", ["\x05\0", "\x05\x63\0\x01"], "proxy_refused", "with reply 99, which is undefined" },
        { "socks5", ["\x05\x02"], "proxy_failed", "chose method 0x02, which was not offered" },
        { "socks5", ["HTTP/1.1 400 Bad Request\r\n\r\n"], "proxy_failed", "answered 4854 (hexadecimal), which is not SOCKS 5" },
        { "socks5", ["\x05\0", "\x05\0\x01\x01\0\0\0\0\0\0"], "proxy_failed", "which is not SOCKS 5" },
        { "socks5", ["\x05\0", "\x05\0\0\x02\0\0\0\0\0\0"], "proxy_failed", "which is not SOCKS 5" },
        { "socks5", ["\x05\0", "\x05\0\0\x03\xffshort"], "proxy_failed", "closed the connection without an answer" },
        { "socks5", ["\x05\0", SocksOpen + "x"], "proxy_failed", "opened the tunnel, but sent \"x\"" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_fault_of_a_proxy_is_reported_as_that_of_the_proxy(string scheme, string[] turns, string reason, string detail)
    {
        await using var server = _served.Serve([], [Pong]);
        await using var proxy = TestProxy.Closing(turns);

        var record = await ProbeAsync(server.Port, $"{scheme}://127.0.0.1:{proxy.Port}");

        AssertProxys(record, reason, "proxy");
        Assert.StartsWith($"the proxy {scheme}://127.0.0.1:{proxy.Port} ", Detail(record), StringComparison.Ordinal);
        Assert.Contains(detail, Detail(record), StringComparison.Ordinal);
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task A_refused_password_is_reported_and_not_shown()
    {
        await using var proxy = TestProxy.Closing("\x05\x02", "\x01\x01");
        using var files = new Credentials.TempFiles();

        var record = await ProbeAsync(1, $"{{ url: \"socks5://127.0.0.1:{proxy.Port}\", username: probe, password_file: \"{files.Write("pass", "hunter2")}\" }}");

        AssertProxys(record, "proxy_refused", "proxy");
        Assert.Contains("refused the user or the password (status 1)", Detail(record), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", record.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gone", "", "identity not_found", "does not exist")]
    [InlineData("pass", "", "identity bad_format", "is empty")]
    [InlineData("pass", "one\ntwo\n", "identity bad_format", "contains more than one line")]
    public async Task Without_the_password_no_connection_is_made(string name, string content, string reason, string detail)
    {
        await using var proxy = TestProxy.Closing(Open);
        using var files = new Credentials.TempFiles();
        if (name != "gone") files.Write(name, content);

        var records = await _served.ProbeAsync("127.0.0.1:1", "rediss", $"proxy: {{ url: \"http://127.0.0.1:{proxy.Port}\", username: probe, password_file: \"{files.Path(name)}\" }}", isQuiet: false);

        var failure = Assert.Single(records).GetProperty("failure");
        Assert.Equal(reason, $"{failure.GetProperty("class").GetString()} {failure.GetProperty("reason").GetString()}");
        Assert.Contains(detail, failure.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(proxy.Heard);
    }

    [Fact]
    public async Task A_missing_proxy_is_at_fault_and_named()
    {
        var free = FreePort();

        var record = await ProbeAsync(1, $"http://127.0.0.1:{free}");
        AssertProxys(record, "proxy_failed", "connect");
        Assert.Equal($"the proxy http://127.0.0.1:{free}: 127.0.0.1:{free}: connection refused", Detail(record));

        record = await ProbeAsync(1, "socks5://nobody-knows.invalid:1080");
        AssertProxys(record, "proxy_failed", "dns");
        Assert.StartsWith("the proxy socks5://nobody-knows.invalid:1080: nobody-knows.invalid: ", Detail(record), StringComparison.Ordinal);
    }

    /// <summary>Endless, slow and silent: the deadline or a limit ends the probe.</summary>
    [Theory]
    [InlineData("endless line", "without an end")]
    [InlineData("endless head", "without an end")]
    [InlineData("drip", "no answer in time")]
    [InlineData("silent", "no answer in time")]
    [InlineData("reset", "reset the connection")]
    public async Task An_endless_proxy_is_bounded(string behaviour, string detail)
    {
        await using var proxy = new TestProxy(async talk =>
        {
            await talk.HearAsync();
            if (behaviour == "reset") talk.Reset();
            if (behaviour == "silent") await talk.HangAsync();
            if (behaviour is "endless head" or "drip") await talk.SayAsync("HTTP/1.1 200 OK\r\n");
            while (true)
            {
                await talk.SayAsync(behaviour switch { "endless line" => new string('a', 4096), "drip" => "a", _ => "a: b\r\n" });
                if (behaviour == "drip") await Task.Delay(TimeSpan.FromMilliseconds(50), talk.Stop);
            }
        });

        var record = await ProbeAsync(1, $"http://127.0.0.1:{proxy.Port}", keys: behaviour is "drip" or "silent" ? "timeout: 3s" : "timeout: 20s");

        AssertProxys(record, "proxy_failed", "proxy");
        Assert.Contains(detail, Detail(record), StringComparison.Ordinal);
    }

    /// <summary>The server's greeting can arrive in one piece with the proxy's answer.</summary>
    [Fact]
    public async Task A_greeting_in_plain_text_after_the_answer_of_the_proxy_is_read()
    {
        await using var server = _served.Serve(["250 STARTTLS\r\n", "220 go\r\n"], ["250 ok\r\n", "221 bye\r\n"]);
        await using var proxy = TestProxy.Opening(server.Port, Open + "220 mail.test ready\r\n");

        var record = Assert.Single(await _served.ProbeAsync(server.Port, "smtp", $"proxy: \"http://127.0.0.1:{proxy.Port}\""));

        Assert.Equal("accepted protocol_answer", Told(record).Verdict);
        Assert.True(record.GetProperty("timings").GetProperty("starttls").GetDouble() > 0);
    }

    /// <summary>TCP ends at the proxy: an end of TCP alone may be the proxy's.</summary>
    [Theory]
    [InlineData("close")]
    [InlineData("reset")]
    public async Task A_proxy_that_ends_the_connection_after_the_certificate_is_no_refusal(string how)
    {
        await using var server = _served.Serve([], [], ClientAuthentication.Required);
        await using var proxy = new TestProxy(async talk =>
        {
            await talk.HearAsync();
            await talk.SayAsync(Open);
            await talk.RelayHelloAsync(server.Port);
            if (how == "reset") talk.Reset();
        });

        var record = await ProbeAsync(server.Port, $"http://127.0.0.1:{proxy.Port}", keys: "timeout: 20s");

        Assert.Equal("unconfirmed closed no_confirmation", Told(record).Verdict);
        Assert.Contains($"or the proxy http://127.0.0.1:{proxy.Port} did", Detail(record), StringComparison.Ordinal);
    }

    /// <summary>A server that closes says so with a close_notify. Even if a proxy cuts other clients off meanwhile, that is not a refusal.</summary>
    [Fact]
    public async Task A_proxy_that_cuts_strangers_off_makes_no_refusal_of_a_server_that_goes_away()
    {
        await using var server = Peer.Tls(Parameters(ClientAuthentication.Required), async c =>
        {
            await c.HandshakeAsync();
            await c.CloseTlsAsync();
            await c.HangAsync();
        });
        var connections = 0;
        await using var proxy = new TestProxy(async talk =>
        {
            var isOurs = Interlocked.Increment(ref connections) <= 2; // both probes; then the controls
            await talk.HearAsync();
            await talk.SayAsync(Open);
            if (isOurs) await talk.RelayAsync(server.Port);
            else await talk.RelayHelloAsync(server.Port);
        });

        var record = await ProbeAsync(server.Port, $"http://127.0.0.1:{proxy.Port}", keys: "timeout: 20s");

        Assert.Equal("unconfirmed closed no_confirmation", Told(record).Verdict);
        Assert.True(connections > 2, $"{connections} connections: no control was made");
    }

    /// <summary>A proxy that ends both streams when ours ends must not look like a server that answers our close.</summary>
    [Fact]
    public async Task A_proxy_is_not_responsible_for_a_server_that_sends_nothing()
    {
        await using var server = Peer.Tls(Parameters(ClientAuthentication.Required), async c =>
        {
            await c.HandshakeAsync();
            await c.HangAsync();
        });
        await using var proxy = TestProxy.Opening(server.Port, Open);

        var record = Assert.Single(await _served.ProbeAsync(server.Port, "tls", $"proxy: \"http://127.0.0.1:{proxy.Port}\", timeout: 3s"));

        Assert.Equal("unconfirmed silence no_confirmation", Told(record).Verdict);
    }

    [Fact]
    public async Task If_nothing_is_behind_an_open_proxy_nobody_is_blamed()
    {
        await using var proxy = TestProxy.Closing(Open);

        var record = await ProbeAsync(1, $"http://127.0.0.1:{proxy.Port}");

        Assert.Equal("failed connection_reset", Told(record).Verdict);
        Assert.Contains($"the server closed the connection, or the proxy http://127.0.0.1:{proxy.Port} did", Detail(record), StringComparison.Ordinal);
    }

    private async Task<JsonElement> ProbeAsync(int port, string proxy, string keys = "", string identity = "checkout") =>
        Assert.Single(await _served.ProbeAsync(port, "rediss", $"proxy: {(proxy.StartsWith('{') ? proxy : $"\"{proxy}\"")}{(keys.Length > 0 ? ", " + keys : "")}", identity));

    private static void AssertProxys(JsonElement record, string reason, string phase)
    {
        Assert.Equal("failed " + reason, Told(record).Verdict);
        var failure = record.GetProperty("failure");
        Assert.Equal(("network", phase), (failure.GetProperty("class").GetString(), failure.GetProperty("phase").GetString()));
    }

    private static string Detail(JsonElement record) => Told(record).Detail!;

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
