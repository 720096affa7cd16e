using System.Net;
using System.Text;
using System.Text.Json;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Tests.Handshake.Protocols;
using MtlsProbe.Tests.Metrics;
using static MtlsProbe.Tests.Handshake.Protocols.ServedProtocol;

namespace MtlsProbe.Tests.Handshake.Ways;

/// <summary>PROXY headers, source addresses, and that control probes use the same path as the target's own connection.</summary>
public sealed class WayTests : IDisposable
{
    private const string Open = "HTTP/1.1 200 OK\r\n\r\n";
    private const string Pong = "+PONG\r\n";
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";

    private readonly ServedProtocol _served = new();

    public void Dispose() => _served.Dispose();

    [Theory]
    [InlineData("192.0.2.1", "198.51.100.7", "PROXY TCP4 192.0.2.1 198.51.100.7 4660 443\r\n", "\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x07\x12\x34\x01\xbb")]
    [InlineData("2001:db8::1", "fe80::2%3", "PROXY TCP6 2001:db8::1 fe80::2 4660 443\r\n",
        "\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\x12\x34\x01\xbb")]
    public void A_header_says_where_the_connection_begins_and_where_it_goes(string source, string destination, string one, string two)
    {
        var header = ProxyPreface.Of(new IPEndPoint(IPAddress.Parse(source), 0x1234), new IPEndPoint(IPAddress.Parse(destination), 443), Samples.Target())!;

        Assert.Equal(one, Encoding.Latin1.GetString(header.Bytes(ProxyHeader.V1)));
        Assert.Equal(Signature + two, Encoding.Latin1.GetString(header.Bytes(ProxyHeader.V2)));
    }

    /// <summary>Behind a proxy that resolves the server's name, we do not know the server's address.</summary>
    [Fact]
    public void A_header_says_that_the_ends_are_not_known_where_they_are_not()
    {
        var target = Samples.Target() with { Way = new Way { Proxy = new ProxyServer(ProxyKind.Http, new HostPort("proxy", 3128)) } };
        var (local, remote) = (new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.Loopback, 3128));

        var header = ProxyPreface.Of(local, remote, target)!;
        Assert.Equal("PROXY UNKNOWN\r\n", Encoding.Latin1.GetString(header.Bytes(ProxyHeader.V1)));
        Assert.Equal(Signature + "\x21\0\0\0", Encoding.Latin1.GetString(header.Bytes(ProxyHeader.V2)));

        Assert.Equal("PROXY TCP4 127.0.0.1 192.0.2.9 1 443", ProxyPreface.Of(local, remote, target with { Address = new HostPort("192.0.2.9", 443) })!.ToString());
        Assert.Equal("PROXY UNKNOWN", ProxyPreface.Of(local, remote, target with { Address = new HostPort("2001:db8::9", 443) })!.ToString());
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task The_header_precedes_everything_else_and_is_in_the_record(string version)
    {
        await using var server = _served.Serve([], [Pong]);
        await using var balancer = new TestProxy(async talk =>
        {
            await talk.HearAsync(version == "v1" ? null : 28);
            await talk.RelayAsync(server.Port);
        });

        var record = await ProbeAsync(balancer.Port, $"proxy_protocol: {version}, source_address: 127.0.0.2");

        Assert.Equal("accepted protocol_answer", Told(record).Verdict);
        var way = record.GetProperty("way");
        Assert.Equal((version, "127.0.0.2", null), (way.GetProperty("proxy_protocol").GetString(), way.GetProperty("source_address").GetString(), way.GetProperty("proxy").GetString()));
        var words = way.GetProperty("proxy_header").GetString()!;
        Assert.Matches($@"^PROXY TCP4 127\.0\.0\.2 127\.0\.0\.1 \d+ {balancer.Port}$", words);
        Assert.All(balancer.Heard, said => Assert.StartsWith(version == "v1" ? "PROXY TCP4 127.0.0.2 127.0.0.1 " : Signature + "\x21\x11\0\x0c\x7f\0\0\x02\x7f\0\0\x01", said, StringComparison.Ordinal));
        Assert.All(balancer.Clients, client => Assert.Equal("127.0.0.2", client.ToString()));
        Assert.Equal(JsonValueKind.Null, record.GetProperty("timings").GetProperty("proxy").ValueKind);
    }

    [Fact]
    public async Task Behind_a_proxy_the_header_is_the_first_data_of_the_server()
    {
        await using var server = _served.Serve([], [Pong]);
        await using var balancer = new TestProxy(async talk =>
        {
            await talk.HearAsync(null);
            await talk.RelayAsync(server.Port);
        });
        await using var proxy = TestProxy.Opening(balancer.Port, Open);

        var record = await ProbeAsync(balancer.Port, $"proxy_protocol: v1, proxy: \"http://127.0.0.1:{proxy.Port}\"");

        Assert.Equal("accepted protocol_answer", Told(record).Verdict);
        Assert.NotEmpty(balancer.Heard); // a second probe, if the answer came sooner than the handshake suggests
        Assert.All(balancer.Heard, heard => Assert.StartsWith("PROXY TCP4 127.0.0.1 127.0.0.1 ", heard, StringComparison.Ordinal));
    }

    /// <summary>Controls, and the credentials that must be refused, go to the same server by the same path.</summary>
    [Fact]
    public async Task Every_connection_goes_the_way_of_the_target()
    {
        await using var server = Peer.Tls(Parameters(MtlsProbe.OpenSsl.ClientAuthentication.Unverified), async c =>
        {
            // Every connection is closed without an alert: how strangers are treated must be found out.
            if (await c.HandshakeAsync()) await c.CloseTlsAsync();
        });
        await using var proxy = TestProxy.Opening(server.Port, Open);

        var records = await _served.ProbeAsync(server.Port, "tls", $"proxy: \"http://127.0.0.1:{proxy.Port}\", source_address: 127.0.0.3, must_reject: [none], timeout: 20s");

        Assert.Equal(2, records.Count);
        Assert.All(records, record => Assert.NotEqual(JsonValueKind.Null, record.GetProperty("control").ValueKind));
        Assert.True(server.Connections > 4);
        Assert.Equal(server.Connections, proxy.Clients.Count);
        Assert.All(proxy.Clients, client => Assert.Equal("127.0.0.3", client.ToString()));
    }

    [Theory]
    [InlineData("192.0.2.55", "source_address 192.0.2.55 is not an address of this machine")]
    [InlineData("::1", "source_address ::1 is of another family than 127.0.0.1")]
    public async Task A_source_address_that_cannot_be_used_is_no_fault_of_the_server(string source, string detail)
    {
        await using var server = _served.Serve([], [Pong]);

        var record = await ProbeAsync(server.Port, $"source_address: \"{source}\"");

        Assert.Equal(("failed source_unusable", detail), Told(record));
        Assert.Equal("network", record.GetProperty("failure").GetProperty("class").GetString());
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task A_direct_way_is_not_mentioned()
    {
        await using var server = _served.Serve([], [Pong]);

        Assert.Equal(JsonValueKind.Null, (await ProbeAsync(server.Port, "proxy: none, proxy_protocol: none, source_address: any")).GetProperty("way").ValueKind);
    }

    [Fact]
    public void Servers_by_different_ways_are_different()
    {
        var target = Samples.Target();
        var other = target with { Way = new Way { SourceAddress = IPAddress.Loopback } };

        Assert.False(ProbeJob.IsSameServer(target, other));
        Assert.True(ProbeJob.IsSameServer(other, target with { Way = new Way { SourceAddress = IPAddress.Parse("127.0.0.1") } }));
    }

    private async Task<JsonElement> ProbeAsync(int port, string keys) => Assert.Single(await _served.ProbeAsync(port, "rediss", keys));
}
