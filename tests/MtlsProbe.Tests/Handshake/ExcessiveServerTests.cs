using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Hostile;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Probing;
using MtlsProbe.Trust;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Handshake;

/// <summary>Servers that demand more than a handshake needs are reported and disconnected; those that demand much of it are not.</summary>
public sealed class ExcessiveServerTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_client = s_root.Client("client");

    private readonly Handshaker _handshaker = new(new Resolver(TimeProvider.System), new ChainJudge(), TimeProvider.System);

    [Theory]
    [InlineData("tickets-without-end", "the server sent more than 64 session tickets")]
    [InlineData("new-keys-without-end", "the server changed its keys more than 32 times")]
    [InlineData("handshakes-without-end", "the server began a handshake more than 6 times")]
    [InlineData("asks-for-certificates-without-end", "the server asked for a certificate more than 4 times")]
    [InlineData("a-huge-group", "the server asks for Diffie-Hellman with a prime of more than 8,192 bits, which would take about a second")]
    [InlineData("words-without-end", "the server sent more than 1 MiB without an end")]
    public async Task A_server_without_an_end_is_given_up_and_reported(string name, string detail)
    {
        await using var peer = HostileRange.Servers.Single(server => server.Name == name).Start(Parameters());

        var (seen, result) = await ProbeAsync(peer);

        Assert.StartsWith(detail, seen.FinalEvent.Detail, StringComparison.Ordinal);
        Assert.NotEqual(Outcome.Accepted, result.Outcome);
    }

    [Theory]
    [InlineData("tickets", 60)]
    [InlineData("keys", 30)]
    [InlineData("certificates", 3)]
    [InlineData("handshakes", 5)]
    public async Task A_server_that_demands_much_but_ends_is_judged_as_usual(string what, int count)
    {
        var version = what == "handshakes" ? TlsVersion.Tls12 : TlsVersion.Tls13;
        var context = TlsContext.Server(Parameters() with { MinVersion = version, MaxVersion = version, ClientAuthentication = ClientAuthentication.Required });
        LibSslServer.AllowRenegotiation(context);
        await using var peer = Peer.Tls([context], async c =>
        {
            if (!await c.HandshakeAsync()) return;
            for (var i = 0; i < count; i++)
            {
                Action<TlsConnection> step = what switch
                {
                    "tickets" => LibSslServer.Ticket,
                    "keys" => LibSslServer.UpdateKeys,
                    "certificates" => LibSslServer.AskForCertificate,
                    _ => LibSslServer.Renegotiate,
                };
                step(c.Connection);
                if (!await c.HandshakeAsync()) return;
                if (what is not ("certificates" or "handshakes")) continue;
                await c.FeedAsync();
                c.Connection.Read(new byte[16], out _);
                await c.FlushAsync();
                if (what == "handshakes") await c.HandshakeAsync();
            }

            await c.ReadAsync();
            await c.CloseTlsAsync();
        });

        var (_, result) = await ProbeAsync(peer);

        Assert.Equal((Outcome.Accepted, null), (result.Outcome, result.Failure?.Detail));
    }

    /// <summary>The framework reports this as an overflow.</summary>
    [Fact]
    public async Task A_window_beyond_the_limit_of_HTTP_2_is_an_invalid_answer()
    {
        var context = TlsContext.Server(Parameters());
        LibSslServer.SpeakHttp2(context);
        await using var peer = Peer.Tls([context], async c =>
        {
            if (!await c.HandshakeAsync() || await c.ReadAsync() is null) return;
            const string window = "\0\0\x04\x08\0\0\0\0\0\x7f\xff\xff\xff";
            await c.WriteAsync("\0\0\0\x04\0\0\0\0\0" + window + window);
            await c.HangAsync();
        });

        var (_, result) = await ProbeAsync(peer, new Https { IsVersion2 = true });

        Assert.Equal((Outcome.Unconfirmed, "not_http"), (result.Outcome, result.Failure?.Reason.Label));
    }

    private async Task<(Observation Seen, ProbeResult Result)> ProbeAsync(Peer peer, Protocol? protocol = null)
    {
        var target = new Target { Name = "t", Address = new HostPort("127.0.0.1", peer.Port), ServerName = "server.test", Protocol = protocol ?? new Tls() };
        var credential = new Credential([s_client.Certificate], PrivateKey.Of(s_client.Key));
        var seen = await _handshaker.ObserveAsync(target, credential, null, TestPki.Trust(s_root), ProbeTime.Strict(TimeSpan.FromSeconds(30)), default);
        return (seen, Judge.Result(ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).First(), seen, Pins.None));
    }

    private static ServerParameters Parameters()
    {
        var leaf = s_root.Leaf("server.test");
        return new() { Chain = [leaf.Der], Key = PrivateKey.Of(leaf.Key), ClientAuthentication = ClientAuthentication.Unverified, ClientAnchors = [s_root.Der] };
    }
}
