using System.Formats.Asn1;
using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Handshake;
using MtlsProbe.Trust;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Verdicts;

/// <summary>The verdicts on servers that behave in decisive ways. Real TLS over real sockets on loopback.</summary>
public sealed class VerdictTests
{
    private static readonly TestCertificate Root = TestPki.Root("Root");
    private static readonly TestCertificate Server = Root.Leaf("server.test");
    private static readonly TestCertificate Client = Root.Client("client");
    private static readonly TestCertificate Stranger = TestPki.Root("Stranger").Client("stranger");
    private static readonly Handshaker Handshaker = new(new Resolver(TimeProvider.System), new ChainJudge(), TimeProvider.System);

    public static TheoryData<string> Versions => ["1.2", "1.3"];

    [Theory, MemberData(nameof(Versions))]
    public async Task A_server_that_answers_our_close_accepts_us(string version)
    {
        await using var peer = Peer.Tls(Parameters(version), AcceptThenAnswerClose);

        var result = await ProbeAsync(peer, Client, new Tls());

        Assert.True(result.Success);
        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.Equal(version == "1.2" ? Evidence.HandshakeFinished : Evidence.CloseNotify, result.Evidence);
        Assert.Equal(Client.Certificate.Serial, result.ClientCertificate?.Presented?.Serial);
        Assert.True(result.ClientCertificate?.IssuerAcceptable);
    }

    /// <summary>A server that refuses with a close some time after the handshake sometimes closes at the same moment as we do.</summary>
    [Theory, MemberData(nameof(Versions))]
    public async Task A_refusal_that_coincides_with_our_close_is_no_acceptance(string version)
    {
        var connections = 0;
        await using var peer = Peer.Tls(Parameters(version) with { ClientAuthentication = ClientAuthentication.Unverified }, async connection =>
        {
            if (!await connection.HandshakeAsync()) return;
            if (Interlocked.Increment(ref connections) == 1) await connection.ReadAsync();
            connection.CloseTcp();
        });

        AssertRefused(await ProbeAsync(peer, Client, new Tls()), "closed_without_alert", alert: null);
    }

    [Theory]
    [InlineData("accepted", 1)]
    [InlineData("rejected", 2)]
    [InlineData("unconfirmed", 2)]
    [InlineData(null, 2)]
    public async Task An_answer_to_our_close_is_verified_if_the_last_probe_did_not_end_with_one(string? before, int looks)
    {
        await using var peer = Peer.Tls(Parameters("1.3"), AcceptThenAnswerClose);

        var fewest = await FewestLooksAsync(peer, looks, async () =>
        {
            var result = await ProbeAsync(peer, Client, new Tls(), before: before is null ? null : Enum.GetValues<Outcome>().Single(outcome => outcome.Label() == before));
            Assert.Equal(Outcome.Accepted, result.Outcome);
        });

        Assert.Equal(looks, fewest);
    }

    /// <summary>A second probe that takes longer than the time left would end at the deadline.</summary>
    [Theory]
    [InlineData(0.8, 4.2, true)]
    [InlineData(2.0, 3.0, true)]
    [InlineData(2.3, 2.7, false)]
    [InlineData(0.3, 0.7, false)]
    public void An_answer_to_our_close_is_enough_if_a_second_handshake_would_take_longer_than_the_rest(double elapsed, double left, bool looksAgain) =>
        Assert.Equal(looksAgain, NextLook.HasTime(TimeSpan.FromSeconds(elapsed), TimeSpan.FromSeconds(left)));

    /// <summary>It is not accepted, whatever it answers.</summary>
    [Fact]
    public async Task An_untrusted_server_is_probed_once()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), AcceptThenAnswerClose);

        var fewest = await FewestLooksAsync(peer, 1, async () =>
        {
            var result = await ProbeAsync(peer, Client, new Tls(), trust: TestPki.Trust(TestPki.Root("Other")));
            Assert.Equal(Outcome.Failed, result.Outcome);
        });

        Assert.Equal(1, fewest);
    }

    /// <summary>
    /// A late answer on a busy machine is probed again, whatever came before: of several probes, the one with the fewest connections counts.
    /// </summary>
    private static async Task<int> FewestLooksAsync(Peer peer, int expected, Func<Task> probe)
    {
        const int Probes = 6;
        var fewest = int.MaxValue;
        for (var i = 0; i < Probes && fewest > expected; i++)
        {
            var before = peer.Connections;
            await probe();
            fewest = Math.Min(fewest, peer.Connections - before);
        }

        return fewest;
    }

    /// <summary>The time of our close is then uncertain, and a refusal on its way would look like an answer to it.</summary>
    [Fact]
    public async Task A_silent_close_after_ours_is_used_only_if_it_is_repeated_when_our_own_timers_are_late()
    {
        var connections = 0;
        await using var peer = Peer.Tls(Parameters("1.3"), async connection =>
        {
            Interlocked.Increment(ref connections);
            await connection.HandshakeAsync();
            await connection.ReadAsync();
            connection.CloseTcp();
        });
        var time = new LateTimers(TimeSpan.FromMilliseconds(90));

        var result = await ProbeAsync(peer, Client, new Tls(), handshaker: new Handshaker(new Resolver(time), new ChainJudge(), time));

        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.True(connections > 1, "there was only one handshake");
    }

    /// <summary>It is sent at a fixed time after the handshake, at which a server may decide by itself.</summary>
    [Theory, MemberData(nameof(Versions))]
    public async Task A_close_after_the_end_of_our_stream_is_used_only_if_it_is_repeated(string version)
    {
        var connections = 0;
        await using var peer = Peer.Tls(Parameters(version), async connection =>
        {
            Interlocked.Increment(ref connections);
            await connection.HandshakeAsync();
            await Assert.ThrowsAsync<EndOfStreamException>(async () =>
            {
                while (true) await connection.FeedAsync();
            });
            connection.CloseTcp();
        });

        var result = await ProbeAsync(peer, Client, new Tls());

        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.True(connections > 1, "there was only one handshake");
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task An_issuer_is_on_the_servers_list_in_any_spelling_of_its_name(string version)
    {
        var authority = TestPki.Root("Clients", t => t with { SubjectDer = TestPki.Name((UniversalTagNumber.UTF8String, "Client CA")) });
        var client = authority.Client("client", t => t with { IssuerDer = TestPki.Name((UniversalTagNumber.PrintableString, "client  CA")) });
        await using var peer = Peer.Tls(Parameters(version) with { ClientAnchors = [authority.Certificate.Der] }, AcceptThenAnswerClose);

        var result = await ProbeAsync(peer, client, new Tls());

        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.True(result.ClientCertificate?.IssuerAcceptable);
        Assert.False((await ProbeAsync(peer, Stranger, new Tls())).ClientCertificate?.IssuerAcceptable);
    }

    [Theory]
    [InlineData("1.2", null, "handshake_failure", 40)]
    [InlineData("1.3", null, "certificate_required", 116)]
    [InlineData("1.2", "stranger", "unknown_ca", 48)]
    [InlineData("1.3", "stranger", "unknown_ca", 48)]
    public async Task A_refusal_by_alert_has_the_reason_of_the_server(string version, string? credential, string reason, int alert)
    {
        await using var peer = Peer.Tls(Parameters(version), AcceptThenAnswerClose);

        var result = await ProbeAsync(peer, credential is null ? null : Stranger, new Tls());

        AssertRefused(result, reason, alert);
        Assert.Equal(Server.Certificate.Serial, result.ServerCertificates[0].Serial);
    }

    [Theory]
    [InlineData("tls")]
    [InlineData("https")]
    public async Task An_alert_that_comes_300_ms_late_is_a_refusal(string protocol)
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            await c.HandshakeAsync(() => c.Connection.Record.AlertSent is null ? Task.CompletedTask : Task.Delay(300));
        });

        AssertRefused(await ProbeAsync(peer, Stranger, Parse(protocol)), "unknown_ca", 48);
    }

    [Theory]
    [InlineData("1.2", "tls")]
    [InlineData("1.3", "tls")]
    [InlineData("1.2", "https")]
    [InlineData("1.3", "https")]
    public async Task A_bare_close_some_time_after_the_tickets_is_a_refusal(string version, string protocol)
    {
        await using var peer = Peer.Tls(Parameters(version) with { ClientAuthentication = ClientAuthentication.Unverified }, async c =>
        {
            await c.HandshakeAsync();
            await Task.Delay(100); // well within the silence, even if this process is delayed
            c.CloseTcp();
        });

        AssertRefused(await ProbeAsync(peer, Client, Parse(protocol)), "closed_without_alert", null);
    }

    [Theory]
    [InlineData("1.2", "tls")]
    [InlineData("1.3", "tls")]
    [InlineData("1.2", "https")]
    [InlineData("1.3", "https")]
    public async Task A_close_right_after_the_handshake_is_a_refusal(string version, string protocol)
    {
        await using var peer = Peer.Tls(Parameters(version) with { ClientAuthentication = ClientAuthentication.Unverified }, async c =>
        {
            await c.HandshakeAsync();
            c.CloseTcp();
        });

        AssertRefused(await ProbeAsync(peer, Client, Parse(protocol)), "closed_without_alert", null);
    }

    [Theory]
    [InlineData("tls")]
    [InlineData("https")]
    public async Task A_server_that_never_asked_cannot_refuse_by_closing(string protocol)
    {
        await using var peer = Peer.Tls(Parameters("1.3") with { ClientAuthentication = ClientAuthentication.None }, async c =>
        {
            await c.HandshakeAsync();
            c.CloseTcp();
        });

        var result = await ProbeAsync(peer, Client, Parse(protocol));

        Assert.Equal(Outcome.Failed, result.Outcome);
        Assert.Equal((FailureClass.Protocol, "closed"), (result.Failure?.Class, result.Failure?.Reason.Label));
    }

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task A_server_that_closes_before_it_can_have_seen_our_certificate_does_not_refuse_it(string version)
    {
        await using var peer = Peer.Tls(Parameters(version), async c =>
        {
            c.Connection.Handshake();
            await c.FeedAsync();
            c.Connection.Handshake();
            c.HoldBack();
            await c.FlushAsync();
            c.CloseTcp();
        });

        var result = await ProbeAsync(peer, Client, new Tls());

        Assert.Equal((Outcome.Failed, FailureClass.Protocol, "closed"), (result.Outcome, result.Failure?.Class, result.Failure?.Reason.Label));
    }

    [Fact]
    public async Task A_slow_but_honest_server_is_accepted()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (!await c.HandshakeAsync(() => c.Connection.Record.CertificateAnswers > 0 ? Task.Delay(400) : Task.CompletedTask)) return;
            await Task.Delay(100);
            await c.ReadAsync();
            await Task.Delay(400);
            await c.CloseTlsAsync();
        });

        var result = await ProbeAsync(peer, Client, new Tls());

        Assert.Equal(Outcome.Accepted, result.Outcome);
    }

    [Fact]
    public async Task A_server_that_stays_silent_to_the_end_even_with_strangers_is_neither_accepted_nor_refused()
    {
        await using var peer = Peer.Tls(Parameters("1.3") with { Tickets = 0, ClientAuthentication = ClientAuthentication.Unverified }, async c =>
        {
            await c.HandshakeAsync();
            await c.HangAsync();
        });

        var result = await ProbeAsync(peer, Client, new Tls(), TimeSpan.FromSeconds(8)); // the controls are made within it, even on a busy machine

        Assert.Equal((Outcome.Unconfirmed, Evidence.Silence), (result.Outcome, result.Evidence));
        Assert.Equal("no_confirmation", result.Failure?.Reason.Label);
        Assert.Equal((ReactionKind.Kept, ReactionKind.Kept, null), (result.Control?.Stranger?.Kind, result.Control?.None?.Kind, result.Control?.Alpn?.Kind));
    }

    [Fact]
    public async Task A_deadline_in_our_own_silence_is_reported_as_such()
    {
        var time = new ManualTime(TestPki.Now);
        var slow = true;
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            await c.HandshakeAsync(() =>
            {
                if (slow) time.Advance(TimeSpan.FromSeconds(19.7)); // of 20: less time is left than our minimum silence
                slow = false;
                return Task.CompletedTask;
            });
            await c.HangAsync();
        });

        var target = new Target { Name = "t", Address = new HostPort("127.0.0.1", peer.Port), ServerName = "server.test", Protocol = new Tls() };
        var observing = new Handshaker(new Resolver(time), new ChainJudge(), time)
            .ObserveAsync(target, new Credential([Client.Certificate], Key(Client)), null, TestPki.Trust(Root), ProbeTime.Strict(TimeSpan.FromSeconds(20)), default);
        await time.TimersArmed(2); // the deadline, and the end of the silence
        time.Advance(TimeSpan.FromSeconds(0.3));
        var result = Judge.Result(ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).First(), await observing, Pins.None);

        Assert.Equal((Outcome.Unconfirmed, "no_confirmation"), (result.Outcome, result.Failure?.Reason.Label));
        Assert.Equal("the handshake completed, and the deadline passed while the probe still waited for a late refusal", result.Failure?.Detail);
        Assert.Contains("Raise the timeout of this target", result.Failure?.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "accepted", null)]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n", "accepted", null)]
    [InlineData("HTTP/1.1 500 Oops\r\n\r\n", "accepted", null)]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", "rejected", "http_status")]
    [InlineData("HTTP/1.1 401 Unauthorized\r\n\r\n", "rejected", "http_status")]
    [InlineData("HTTP/1.1 495 X\r\n\r\n", "rejected", "http_status")]
    [InlineData("HTTP/1.1 400 Bad Request\r\nContent-Length: 36\r\n\r\nThe SSL certificate error; sorry now", "rejected", "http_status")]
    [InlineData("HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\n\r\nnope", "accepted", null)]
    [InlineData("HTTP/1.1 421 Misdirected Request\r\n\r\n", "failed", "misdirected")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "unconfirmed", "not_http")]
    [InlineData("HTTP/1.1 2xx\r\n\r\n", "unconfirmed", "not_http")]
    public async Task An_http_answer_decides(string answer, string outcome, string? reason)
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            await c.HandshakeAsync();
            Assert.StartsWith("GET / HTTP/1.1\r\nHost: server.test:", await c.ReadAsync(), StringComparison.Ordinal);
            await c.WriteAsync(answer);
            await c.CloseTlsAsync();
        });

        var result = await ProbeAsync(peer, Client, new Https());

        Assert.Equal((outcome, reason), (result.Outcome.Label(), result.Failure?.Reason.Label));
    }

    [Fact]
    public async Task A_deadline_in_the_middle_of_an_answer_is_no_acceptance_and_no_refusal()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            await c.HandshakeAsync();
            await c.ReadAsync();
            await c.WriteAsync("HTTP/1.1 200 OK\r\n");
            await c.HangAsync();
        });

        var result = await ProbeAsync(peer, Client, new Https(), TimeSpan.FromSeconds(1));

        Assert.Equal((Outcome.Unconfirmed, Evidence.Silence), (result.Outcome, result.Evidence));
        Assert.Equal((FailureClass.Application, "timeout"), (result.Failure?.Class, result.Failure?.Reason.Label));
    }

    [Fact]
    public async Task The_sender_that_answered_for_the_service_is_named_within_bounds()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            await c.HandshakeAsync();
            await c.ReadAsync();
            await c.WriteAsync($"HTTP/1.1 502 Bad Gateway\r\nvia: 1.1 edge\r\nServer: \u001b[31m{new string('x', 5000)}\r\nServerless: no\r\n\r\n");
            await c.CloseTlsAsync();
        });

        var result = await ProbeAsync(peer, Client, new Https(), expect: new(200, 200));

        Assert.Equal("unexpected_status", result.Failure?.Reason.Label);
        Assert.Equal($"the server answered with HTTP status 502 (Server: \".[31m{new string('x', 55)}\", Via: \"1.1 edge\")", result.Failure!.Detail);
    }

    [Theory]
    [InlineData("Content-Length: 500\r\n\r\n<html>")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nsorry\r\n")]
    public async Task A_400_that_ends_before_its_reason_is_neither_refusal_nor_acceptance(string rest)
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            await c.HandshakeAsync();
            await c.ReadAsync();
            await c.WriteAsync("HTTP/1.1 400 Bad Request\r\n" + rest);
            c.CloseTcp();
        });

        var result = await ProbeAsync(peer, Client, new Https());

        Assert.Equal((Outcome.Unconfirmed, "no_confirmation"), (result.Outcome, result.Failure?.Reason.Label));
    }

    [Theory]
    [InlineData("GET", "HTTP/1.1 400 Bad Request\r\nContent-Length: 500\r\n\r\n<html>")]
    [InlineData("GET", "HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("HEAD", "HTTP/1.1 400 Bad Request\r\nContent-Length: 500\r\n\r\n")]
    public async Task A_400_whose_reason_never_arrives_is_neither_refusal_nor_acceptance(string method, string answer)
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            await c.HandshakeAsync();
            await c.ReadAsync();
            await c.WriteAsync(answer);
            await c.HangAsync();
        });

        var result = await ProbeAsync(peer, Client, new Https(), TimeSpan.FromSeconds(4), method: method);

        Assert.Equal((Outcome.Unconfirmed, "no_confirmation"), (result.Outcome, result.Failure?.Reason.Label));
    }

    [Fact]
    public async Task A_400_with_the_complete_text_of_another_reason_needs_no_close_to_be_an_answer()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            await c.HandshakeAsync();
            await c.ReadAsync();
            await c.WriteAsync("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnope\r\n0\r\n\r\n");
            await c.HangAsync();
        });

        Assert.True((await ProbeAsync(peer, Client, new Https())).Success);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task A_server_that_speaks_first_accepts_us_when_it_answers_our_close(string version)
    {
        await using var peer = Peer.Tls(Parameters(version), async c =>
        {
            if (!await c.HandshakeAsync()) return;
            await c.WriteAsync("220 mail.test ESMTP\r\n");
            await c.ReadAsync();
            await c.CloseTlsAsync();
        });

        var result = await ProbeAsync(peer, Client, new Tls());

        Assert.Equal((Outcome.Accepted, version == "1.2" ? Evidence.HandshakeFinished : Evidence.CloseNotify, true), (result.Outcome, result.Evidence, result.Success));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task A_server_that_sends_data_and_closes_before_we_do_is_no_acceptance_and_its_words_are_shown(string version)
    {
        await using var peer = Peer.Tls(Parameters(version), async c =>
        {
            if (!await c.HandshakeAsync()) return;
            await c.WriteAsync("220 mail.test ESMTP\r\n421 4.7.1 No client certificate\u001b[31m presented\r\n");
            await c.CloseTlsAsync();
        });

        var result = await ProbeAsync(peer, Client, new Tls());

        Assert.Equal((Outcome.Unconfirmed, "no_confirmation", Evidence.Closed), (result.Outcome, result.Failure?.Reason.Label, result.Evidence));
        Assert.Contains("\"220 mail.test ESMTP 421 4.7.1 No client certificate.[31m presented\"", result.Failure?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_falls_silent_after_its_certificate_can_still_have_been_about_to_ask_for_ours()
    {
        await using var peer = Peer.Tls(Parameters("1.2"), async c =>
        {
            await c.FeedAsync();
            c.Connection.Handshake();
            await c.FlushRecordsAsync(2); // ServerHello and Certificate
            await c.HangAsync();
        });

        var result = await ProbeAsync(peer, Client, new Tls(), TimeSpan.FromSeconds(1));

        Assert.Equal((Outcome.Failed, "handshake_timeout"), (result.Outcome, result.Failure?.Reason.Label));
        Assert.Single(result.ServerCertificates);
        Assert.Null(result.ClientCertificate);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task A_close_instead_of_an_answer_is_no_acceptance_and_no_refusal_even_after_a_longer_silence(string version)
    {
        await using var peer = Peer.Tls(Parameters(version), async c =>
        {
            await c.HandshakeAsync();
            await c.ReadAsync();
            c.CloseTcp();
        });

        var result = await ProbeAsync(peer, Client, new Https());

        Assert.Equal((Outcome.Unconfirmed, "closed", FailureClass.Application), (result.Outcome, result.Failure?.Reason.Label, result.Failure?.Class));
        Assert.False(result.Success);
        Assert.True(peer.Connections >= 2);
    }

    [Fact]
    public async Task An_untrusted_server_gets_no_request_and_is_never_accepted()
    {
        string? heard = "nothing yet";
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            await c.HandshakeAsync();
            heard = await c.ReadAsync();
            await c.CloseTlsAsync();
        });

        var result = await ProbeAsync(peer, Client, new Https(), trust: TestPki.Trust(TestPki.Root("Other")));

        Assert.Equal((Outcome.Failed, FailureClass.ServerCertificate), (result.Outcome, result.Failure?.Class));
        Assert.Null(heard);
        Assert.Equal(Server.Certificate.Serial, result.ServerCertificates[0].Serial);
    }

    [Fact]
    public async Task A_refusal_by_an_untrusted_server_is_a_refusal()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), AcceptThenAnswerClose);

        AssertRefused(await ProbeAsync(peer, Stranger, new Https(), trust: TestPki.Trust(TestPki.Root("Other"))), "unknown_ca", 48);
    }

    [Fact]
    public async Task A_plain_text_server_is_not_tls()
    {
        await using var peer = Peer.Raw(c => c.SendRawAsync(Encoding.ASCII.GetBytes("SSH-2.0-OpenSSH_9.2p1\r\n")));

        var result = await ProbeAsync(peer, Client, new Https());

        Assert.Equal((Outcome.Failed, "not_tls"), (result.Outcome, result.Failure?.Reason.Label));
        Assert.Contains("SSH-2.0-OpenSSH_9.2p1", result.Failure!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reset_before_the_handshake_is_a_network_fault()
    {
        await using var peer = Peer.Raw(async c =>
        {
            await c.ReceiveRawAsync();
            c.Reset();
        });

        var result = await ProbeAsync(peer, Client, new Https());

        Assert.Equal((Outcome.Failed, "connection_reset"), (result.Outcome, result.Failure?.Reason.Label));
    }

    [Fact]
    public async Task A_server_that_accepts_and_says_nothing_times_out_in_the_handshake()
    {
        await using var peer = Peer.Raw(c => c.HangAsync());

        var result = await ProbeAsync(peer, Client, new Https(), TimeSpan.FromSeconds(1));

        Assert.Equal((Outcome.Failed, "handshake_timeout"), (result.Outcome, result.Failure?.Reason.Label));
    }

    private static async Task AcceptThenAnswerClose(PeerConnection connection)
    {
        if (!await connection.HandshakeAsync()) return;
        await connection.ReadAsync();
        await connection.CloseTlsAsync();
    }

    private static void AssertRefused(ProbeResult result, string reason, int? alert)
    {
        Assert.Equal((Outcome.Rejected, reason), (result.Outcome, result.Failure?.Reason.Label));
        Assert.Equal(FailureClass.ClientCertificate, result.Failure?.Class);
        Assert.Equal(alert, result.Failure?.Alert?.Code);
        Assert.Equal(alert is null ? Evidence.Closed : Evidence.Alert, result.Evidence);
        Assert.False(result.Success);
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

    private static async Task<ProbeResult> ProbeAsync(Peer peer, TestCertificate? client, Protocol protocol, TimeSpan? timeout = null, TrustBundle? trust = null, string method = "GET", StatusRange? expect = null, Handshaker? handshaker = null, Outcome? before = null)
    {
        if (protocol is Https) protocol = new Https { Method = method, ExpectStatus = expect is { } range ? [range] : [] };
        var target = new Target { Name = "t", Address = new HostPort("127.0.0.1", peer.Port), ServerName = "server.test", Protocol = protocol };
        var credential = client is null ? null : new Credential([client.Certificate], Key(client));
        var observation = await (handshaker ?? Handshaker).ObserveAsync(target, credential, null, trust ?? TestPki.Trust(Root), new ProbeRun(ProbeTime.Strict(timeout ?? TimeSpan.FromSeconds(20))) { Before = before }, default);
        return Judge.Result(ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).First(), observation, Pins.None);
    }

    /// <summary>The system's clock on a machine where every timer is late.</summary>
    private sealed class LateTimers(TimeSpan late) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : dueTime + late, period);
    }

    private static Protocol Parse(string protocol) => protocol == "tls" ? new Tls() : new Https();

    private static PrivateKey Key(TestCertificate certificate) => PrivateKey.Of(certificate.Key);
}
