using System.Text;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Probing;
using MtlsProbe.Trust;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Handshake;

/// <summary>The meaning of a close, a reset or a silence without an alert, from a second probe and from how the same server treats strangers.</summary>
public sealed class ControlTests
{
    private static readonly TestCertificate Root = TestPki.Root("Root");
    private static readonly TestCertificate Server = Root.Leaf("server.test");
    private static readonly TestCertificate Client = Root.Client("client");
    private readonly Handshaker _handshaker = new(new Resolver(TimeProvider.System), new ChainJudge(), TimeProvider.System);

    public static TheoryData<string, string> Forms => new() { { "1.2", "tls" }, { "1.3", "tls" }, { "1.2", "https" }, { "1.3", "https" } };

    [Theory, MemberData(nameof(Forms))]
    public async Task A_close_by_a_server_that_alerts_strangers_is_no_refusal(string version, string protocol)
    {
        await using var peer = Peer.Tls(Parameters(version), async c =>
        {
            if (await c.HandshakeAsync()) c.CloseTcp(); // the service behind it is gone
        });

        var result = await ProbeAsync(peer, protocol);

        Assert.Equal((Outcome.Unconfirmed, FailureClass.Application, "closed", Evidence.Closed), (result.Outcome, result.Failure?.Class, result.Failure?.Reason.Label, result.Evidence));
        Assert.Contains("when it refuses (alert unknown_ca)", result.Failure?.Detail, StringComparison.Ordinal);
        Assert.Equal("alert unknown_ca", result.Control?.Stranger?.ToString());
        Assert.Equal(version == "1.2" ? "alert handshake_failure" : "alert certificate_required", result.Control?.None?.ToString());
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_close_that_strangers_get_too_is_a_refusal(string version, string protocol)
    {
        await using var peer = Peer.Tls(Parameters(version) with { ClientAuthentication = ClientAuthentication.Unverified }, async c =>
        {
            await c.HandshakeAsync();
            c.CloseTcp();
        });

        var result = await ProbeAsync(peer, protocol);

        Assert.Equal((Outcome.Rejected, "closed_without_alert"), (result.Outcome, result.Failure?.Reason.Label));
        Assert.Equal("closed", result.Control?.Stranger?.ToString());
    }

    [Fact]
    public async Task Without_a_control_two_equal_handshakes_decide()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (await c.HandshakeAsync()) c.CloseTcp();
        });

        var result = await ProbeAsync(peer, "tls", change: target => target with { Control = false });

        Assert.Equal((Outcome.Rejected, "closed_without_alert"), (result.Outcome, result.Failure?.Reason.Label));
        Assert.Null(result.Control);
        Assert.Equal(2, peer.Connections);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_server_that_closes_once_and_accepts_a_moment_later_was_being_restarted(string version, string protocol)
    {
        var connections = 0;
        await using var peer = Peer.Tls(Parameters(version), async c =>
        {
            var isFirst = Interlocked.Increment(ref connections) == 1;
            if (!await c.HandshakeAsync()) return;
            if (isFirst) await c.CloseTlsAsync();
            else if (await c.ReadAsync() is not null) await c.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            else await c.CloseTlsAsync();
            c.CloseTcp();
        });

        var result = await ProbeAsync(peer, protocol);

        Assert.Equal((Outcome.Accepted, true), (result.Outcome, result.Success));
    }

    [Fact]
    public async Task A_server_that_closes_once_and_is_gone_a_moment_later_is_not_reachable()
    {
        Peer? peer = null;
        peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (!await c.HandshakeAsync()) return;
            peer!.StopListening();
            await c.CloseTlsAsync();
            c.CloseTcp();
        });
        await using var listening = peer;

        var result = await ProbeAsync(peer, "tls");

        Assert.Equal((Outcome.Failed, "connection_refused"), (result.Outcome, result.Failure?.Reason.Label));
    }

    [Theory]
    [InlineData(true, "rejected", "closed_without_alert")]
    [InlineData(false, "failed", "connection_reset")]
    public async Task A_reset_inside_the_handshake_of_tls_1_2_is_a_refusal_only_twice_and_beside_a_control(bool control, string outcome, string reason)
    {
        await using var peer = Peer.Tls(Parameters("1.2"), ResetAfterOurCertificate);

        var result = await ProbeAsync(peer, "tls", change: target => target with { Control = control });

        Assert.Equal((outcome, reason), (result.Outcome.Label(), result.Failure?.Reason.Label));
    }

    [Fact]
    public async Task One_reset_inside_the_handshake_is_a_fault_of_the_network()
    {
        var connections = 0;
        await using var peer = Peer.Tls(Parameters("1.2"), async c =>
        {
            if (Interlocked.Increment(ref connections) == 1) await ResetAfterOurCertificate(c);
            if (!await c.HandshakeAsync()) return;
            await c.ReadAsync();
            await c.CloseTlsAsync();
        });

        Assert.Equal(Outcome.Accepted, (await ProbeAsync(peer, "tls")).Outcome);
    }

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task A_server_that_keeps_us_to_the_end_and_alerts_strangers_accepts_us(string version)
    {
        await using var peer = Peer.Tls(Parameters(version), async c =>
        {
            if (await c.HandshakeAsync()) await c.HangAsync();
        });

        var result = await ProbeAsync(peer, "tls", TimeSpan.FromSeconds(3));

        Assert.Equal((Outcome.Accepted, Evidence.Control, true), (result.Outcome, result.Evidence, result.Success));
        Assert.Equal("alert unknown_ca", result.Control?.Stranger?.ToString());
    }

    [Fact]
    public async Task Silence_after_a_request_is_no_acceptance_whatever_other_clients_meet()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (await c.HandshakeAsync()) await c.HangAsync();
        });

        Assert.NotEqual(Evidence.Control, (await ProbeAsync(peer, "https", TimeSpan.FromSeconds(3))).Evidence);
    }

    [Fact]
    public async Task A_server_that_answers_only_the_end_of_our_stream_accepts_us()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (!await c.HandshakeAsync()) return;
            await c.ReadAsync();
            await Assert.ThrowsAsync<EndOfStreamException>(c.FeedAsync);
            c.CloseTcp();
        });

        var result = await ProbeAsync(peer, "tls");

        Assert.Equal((Outcome.Accepted, Evidence.CloseNotify), (result.Outcome, result.Evidence));
    }

    [Fact]
    public async Task Tickets_that_come_with_a_prompt_close_belong_to_the_answer()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (!await c.HandshakeWithoutLastFlightAsync()) return;
            await c.FeedAsync();
            await c.CloseTlsAsync(); // sends the tickets in one packet with its close
        });

        var result = await ProbeAsync(peer, "tls");

        Assert.Equal((Outcome.Accepted, Evidence.CloseNotify), (result.Outcome, result.Evidence));
    }

    [Fact]
    public async Task A_server_that_closes_on_every_client_without_alpn_requires_alpn()
    {
        await using var peer = Peer.Tls(Parameters("1.3") with { ClientAuthentication = ClientAuthentication.Required }, async c =>
        {
            var isFine = await c.HandshakeAsync();
            if (isFine && c.HelloOffers("h2"u8))
            {
                await c.ReadAsync();
                await c.CloseTlsAsync();
            }

            c.CloseTcp();
        });

        var result = await ProbeAsync(peer, "tls");

        Assert.Equal((Outcome.Failed, "no_application_protocol"), (result.Outcome, result.Failure?.Reason.Label));
        Assert.Equal("kept", result.Control?.Alpn?.ToString());
    }

    [Fact]
    public async Task A_server_that_comes_back_while_alpn_is_tried_does_not_require_alpn()
    {
        var looks = 0;
        await using var peer = Peer.Tls(Parameters("1.3") with { ClientAuthentication = ClientAuthentication.Unverified }, async c =>
        {
            var isFine = await c.HandshakeAsync();
            var isBack = c.HelloOffers("h2"u8) ? Interlocked.Exchange(ref looks, 1) == 0 : Volatile.Read(ref looks) > 0;
            if (isFine && isBack)
            {
                await c.ReadAsync();
                await c.CloseTlsAsync();
            }

            c.CloseTcp();
        });

        var result = await ProbeAsync(peer, "tls");

        Assert.NotEqual("no_application_protocol", result.Failure?.Reason.Label);
        Assert.NotEqual(Outcome.Rejected, result.Outcome);
    }

    [Fact]
    public async Task A_server_that_takes_long_for_one_refusal_while_alpn_is_tried_does_not_require_alpn()
    {
        var offered = 0;
        await using var peer = Peer.Tls(Parameters("1.3") with { ClientAuthentication = ClientAuthentication.Unverified }, async c =>
        {
            var isFine = await c.HandshakeAsync();
            if (isFine && c.HelloOffers("h2"u8) && Interlocked.Increment(ref offered) == 1) await c.ReadAsync();
            c.CloseTcp();
        });

        var result = await ProbeAsync(peer, "tls");

        Assert.Equal((Outcome.Rejected, "closed_without_alert"), (result.Outcome, result.Failure?.Reason.Label));
        Assert.True(offered > 1);
    }

    /// <summary>
    /// When a server drops connections silently, its system answers what comes later with a reset, or not at all: some connections seem to be reset and
    /// others kept.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_keeps_a_connection_with_alpn_but_does_not_answer_our_close_does_not_require_alpn(bool resets)
    {
        await using var peer = Peer.Tls(Parameters("1.3") with { ClientAuthentication = ClientAuthentication.Required }, async c =>
        {
            var isFine = await c.HandshakeAsync();
            if (isFine && c.HelloOffers("h2"u8)) await (resets ? c.ReadAsync() : c.HangAsync());
            c.Reset();
        });

        var result = await ProbeAsync(peer, "tls");

        Assert.Equal((Outcome.Unconfirmed, "failed"), (result.Outcome, result.Control?.Alpn?.ToString()));
    }

    [Theory]
    [InlineData(2, "rejected", "closed")]
    [InlineData(3, "unconfirmed", "kept")]
    public async Task A_server_that_keeps_a_stranger_once_is_watched_again(int kept, string outcome, string reaction)
    {
        var (connections, others) = (0, 0); // others: with an unknown certificate and with none at the same time, then again with an unknown one
        await using var peer = Peer.Tls(Parameters("1.3") with { ClientAuthentication = ClientAuthentication.Unverified }, async c =>
        {
            var isOther = Interlocked.Increment(ref connections) > 2;
            await c.HandshakeAsync();
            if (isOther && !c.HelloOffers("h2"u8) && Interlocked.Increment(ref others) <= kept) await c.ReadAsync();
            c.CloseTcp();
        });

        var result = await ProbeAsync(peer, "tls");

        Assert.Equal((outcome, reaction), (result.Outcome.Label(), result.Control?.Stranger?.ToString()));
    }

    [Fact]
    public async Task A_control_is_made_once_and_again_when_the_behaviour_of_the_server_changes()
    {
        var (isUp, strangers) = (true, 0);
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (!await c.HandshakeAsync())
            {
                Interlocked.Increment(ref strangers);
                return;
            }

            if (Volatile.Read(ref isUp))
            {
                await c.ReadAsync();
                await c.CloseTlsAsync();
            }

            c.CloseTcp();
        });

        await AssertAsync(Outcome.Accepted, 0);
        Volatile.Write(ref isUp, false);
        await AssertAsync(Outcome.Unconfirmed, 2);
        await AssertAsync(Outcome.Unconfirmed, 2);
        Volatile.Write(ref isUp, true);
        await AssertAsync(Outcome.Accepted, 2);
        Volatile.Write(ref isUp, false);
        await AssertAsync(Outcome.Unconfirmed, 4);

        async Task AssertAsync(Outcome outcome, int turnedAway)
        {
            Assert.Equal(outcome, (await ProbeAsync(peer, "tls")).Outcome);
            while (Volatile.Read(ref strangers) < turnedAway) await Task.Yield(); // the peer counts after it has sent its alert
            Assert.Equal(turnedAway, Volatile.Read(ref strangers));
        }
    }

    [Fact]
    public async Task A_close_on_a_credential_that_has_to_be_refused_is_no_refusal_where_strangers_get_an_alert()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (await c.HandshakeAsync()) c.CloseTcp(); // it would accept this client, but the service behind it is gone
        });

        var result = await ResultAsync(peer, "tls", Client, null, null, mustReject: true);

        Assert.Equal((Outcome.Unconfirmed, "closed"), (result.Outcome, result.Failure?.Reason.Label));
    }

    [Fact]
    public async Task A_reset_in_answer_to_our_close_is_no_acceptance()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (!await c.HandshakeAsync()) return;
            await c.ReadAsync();
            c.Reset();
        });

        Assert.Equal(Outcome.Unconfirmed, (await ProbeAsync(peer, "tls")).Outcome);
    }

    [Fact]
    public async Task Clear_text_in_answer_to_our_close_ends_the_session_and_is_an_answer()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (!await c.HandshakeAsync()) return;
            await c.ReadAsync();
            await c.SendRawAsync("421 lost input connection\r\n"u8.ToArray());
            c.CloseTcp();
        });

        Assert.Equal((Outcome.Accepted, true), ((await ProbeAsync(peer, "tls")).Outcome, true));
    }

    [Fact]
    public async Task A_credential_that_has_to_be_refused_serves_as_the_control()
    {
        var strangers = 0;
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (await c.HandshakeAsync()) c.CloseTcp();
            else Interlocked.Increment(ref strangers);
        });

        Assert.Equal("certificate_required", (await ResultAsync(peer, "tls", null, null, null, mustReject: true)).Failure?.Reason.Label);
        Assert.Equal("unknown_ca", (await ResultAsync(peer, "tls", TestPki.Root("Other").Client("other"), null, null, mustReject: true)).Failure?.Reason.Label);

        var result = await ProbeAsync(peer, "tls");

        Assert.Equal((Outcome.Unconfirmed, "alert unknown_ca"), (result.Outcome, result.Control?.Stranger?.ToString()));
        while (Volatile.Read(ref strangers) < 2) await Task.Yield();
        Assert.Equal(2, Volatile.Read(ref strangers));
    }

    private static async Task ResetAfterOurCertificate(PeerConnection connection)
    {
        var flights = 0;
        await connection.HandshakeAsync(() =>
        {
            if (++flights < 3) return Task.CompletedTask; // before the hello, and after it
            connection.Reset();
            throw new EndOfStreamException();
        });
    }

    private Task<ProbeResult> ProbeAsync(Peer peer, string protocol, TimeSpan? timeout = null, Func<Target, Target>? change = null) =>
        ResultAsync(peer, protocol, Client, timeout, change, mustReject: false);

    private async Task<ProbeResult> ResultAsync(
        Peer peer, string protocol, TestCertificate? client, TimeSpan? timeout, Func<Target, Target>? change, bool mustReject)
    {
        var target = new Target { Name = "t", Address = new HostPort("127.0.0.1", peer.Port), ServerName = "server.test", Protocol = protocol == "tls" ? new Tls() : new Https() };
        if (change is not null) target = change(target);
        var credential = client is null ? null : new Credential([client.Certificate], Key(client));
        var observation = await _handshaker.ObserveAsync(target, credential, null, TestPki.Trust(Root), ProbeTime.Strict(timeout ?? TimeSpan.FromSeconds(20)), default, mustReject);
        return Judge.Result(ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).First(), observation, Pins.None);
    }

    private static ServerParameters Parameters(string version) => new()
    {
        MinVersion = version == "1.2" ? TlsVersion.Tls12 : TlsVersion.Tls13,
        MaxVersion = version == "1.2" ? TlsVersion.Tls12 : TlsVersion.Tls13,
        Chain = [Server.Certificate.Der],
        Key = Key(Server),
        ClientAuthentication = ClientAuthentication.Required,
        ClientAnchors = [Root.Certificate.Der],
    };

    private static PrivateKey Key(TestCertificate certificate) => PrivateKey.Of(certificate.Key);
}
