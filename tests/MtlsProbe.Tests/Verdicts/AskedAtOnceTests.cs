using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Handshake;
using MtlsProbe.Trust;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Verdicts;

/// <summary>When an answer to a request directly after the handshake is enough, and when a silence must come first.</summary>
public sealed class AskedAtOnceTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private static readonly TestCertificate Root = TestPki.Root("Root");
    private static readonly TestCertificate Server = Root.Leaf("server.test");
    private static readonly TestCertificate Client = Root.Client("client");
    private static readonly Handshaker Handshaker = new(new Resolver(TimeProvider.System), new ChainJudge(), TimeProvider.System);

    [Theory]
    [InlineData("1.2", Ok, "accepted")]
    [InlineData("1.3", Ok, "accepted")]
    [InlineData("1.3", "HTTP/1.1 404 Not Found\r\n\r\n", "accepted")]
    [InlineData("1.3", "HTTP/1.1 403 Forbidden\r\n\r\n", "rejected")]
    public async Task An_answer_is_enough_and_needs_no_silence(string version, string answer, string outcome)
    {
        await using var peer = Peer.Tls(Parameters(version), c => AnswerAsync(c, answer));

        var result = await ProbeAsync(peer, Client);

        Assert.Equal((outcome, Evidence.HttpStatus), (result.Outcome.Label(), result.Evidence));
        Assert.Equal(1, peer.Connections);
        Assert.Null(result.Timings.Confirm);
        Assert.NotNull(result.Timings.Application);
    }

    /// <summary>These statuses are also sent without a request, so they are not an answer until a silence has shown that nothing comes unasked.</summary>
    [Theory]
    [InlineData("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 429 Busy\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 408 Too slow\r\nContent-Length: 0\r\n\r\n")]
    public async Task Data_that_a_server_can_send_unasked_are_no_answer_before_a_silence(string words)
    {
        await using var speaks = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (!await c.HandshakeAsync()) return;
            await c.WriteAsync(words);
            await c.HangAsync();
        });
        await using var answers = Peer.Tls(Parameters("1.3"), c => AnswerAsync(c, words));

        var unasked = await ProbeAsync(speaks, Client);
        var asked = await ProbeAsync(answers, Client);

        Assert.Equal((Outcome.Unconfirmed, "not_http"), (unasked.Outcome, unasked.Failure?.Reason.Label));
        Assert.Equal((Outcome.Accepted, 2), (asked.Outcome, answers.Connections));
        Assert.NotNull(asked.Timings.Confirm);
    }

    /// <summary>Its alert can be lost if the server resets because of our request; during a silence it is not.</summary>
    [Theory]
    [InlineData("1.2", "handshake_failure")]
    [InlineData("1.3", "certificate_required")]
    public async Task A_refusal_is_seen_in_a_silence_with_its_own_reason(string version, string reason)
    {
        var looks = 0;
        await using var peer = Peer.Tls(Parameters(version), async c =>
        {
            if (version == "1.3" && Interlocked.Increment(ref looks) == 1)
            {
                await c.HandshakeWithoutLastFlightAsync(); // the alert is lost
                c.Reset();
            }
            else await c.HandshakeAsync();
        });

        var result = await ProbeAsync(peer, null);

        Assert.Equal((Outcome.Rejected, reason), (result.Outcome, result.Failure?.Reason.Label));
    }

    [Fact]
    public async Task A_server_that_closes_at_the_request_and_accepts_nobody_is_probed_with_a_silence()
    {
        await using var peer = Peer.Tls(Parameters("1.3", ClientAuthentication.Optional), async c =>
        {
            await c.HandshakeAsync();
            await c.ReadAsync(); // a silence, or the request
            c.CloseTcp();
        });

        var result = await ProbeAsync(peer, Client);

        Assert.Equal((Outcome.Unconfirmed, "closed"), (result.Outcome, result.Failure?.Reason.Label));
        Assert.NotNull(result.Timings.Confirm);
    }

    [Fact]
    public async Task After_a_refusal_or_for_a_credential_that_must_be_refused_the_silence_comes_first()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), c => AnswerAsync(c, Ok));

        var refusedBefore = await ProbeAsync(peer, Client, new ProbeRun(Strict) { Before = Outcome.Rejected });
        var mustReject = await ProbeAsync(peer, Client, mustReject: true);

        Assert.NotNull(refusedBefore.Timings.Confirm);
        Assert.NotNull(mustReject.Timings.Confirm);
        Assert.Equal(2, peer.Connections);
    }

    [Fact]
    public async Task A_request_that_can_change_something_is_sent_once_and_after_the_silence()
    {
        var requests = 0;
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (!await c.HandshakeAsync()) return;
            await c.ReadAsync();
            Interlocked.Increment(ref requests);
            c.Reset();
        });

        var result = await ProbeAsync(peer, Client, protocol: new Https { Method = "POST" });

        Assert.Equal(Outcome.Unconfirmed, result.Outcome);
        Assert.NotNull(result.Timings.Confirm);
        Assert.Equal(1, requests);
    }

    /// <summary>A slow service has the whole time of the probe to answer, as with a silence before the question.</summary>
    [Fact]
    public async Task A_server_that_never_answers_gets_no_second_request()
    {
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (!await c.HandshakeAsync()) return;
            await c.ReadAsync();
            await c.HangAsync();
        });

        var result = await ProbeAsync(peer, Client, ProbeTime.Strict(TimeSpan.FromSeconds(1)));

        Assert.Equal((Outcome.Unconfirmed, "timeout", 1), (result.Outcome, result.Failure?.Reason.Label, peer.Connections));
    }

    [Fact]
    public async Task The_handshake_is_reported_as_complete_before_the_answer_and_only_once()
    {
        var over = new List<string>();
        await using var peer = Peer.Tls(Parameters("1.3"), async c =>
        {
            if (!await c.HandshakeAsync()) return;
            await c.ReadAsync();
            lock (over) over.Add("asked");
            c.CloseTcp(); // another probe follows
        });

        await ProbeAsync(peer, Client, new ProbeRun(Strict) { HandshakeOver = () => { lock (over) over.Add("over"); } });

        Assert.Equal("over", over[0]);
        Assert.Single(over, "over");
        Assert.True(over.Count > 2, "there was no second handshake");
    }

    private static ProbeTime Strict => ProbeTime.Strict(TimeSpan.FromSeconds(20));

    private static async Task AnswerAsync(PeerConnection connection, string answer)
    {
        if (!await connection.HandshakeAsync()) return;
        await connection.ReadAsync();
        await connection.WriteAsync(answer);
        await connection.CloseTlsAsync();
    }

    private static ServerParameters Parameters(string version, ClientAuthentication authentication = ClientAuthentication.Required) => new()
    {
        MinVersion = version == "1.2" ? TlsVersion.Tls12 : TlsVersion.Tls13,
        MaxVersion = version == "1.2" ? TlsVersion.Tls12 : TlsVersion.Tls13,
        Chain = [Server.Certificate.Der],
        Key = PrivateKey.Of(Server.Key),
        ClientAuthentication = authentication,
        ClientAnchors = [Root.Certificate.Der],
    };

    private static async Task<ProbeResult> ProbeAsync(Peer peer, TestCertificate? client, ProbeRun? run = null, Protocol? protocol = null, bool mustReject = false)
    {
        var target = new Target { Name = "t", Address = new HostPort("127.0.0.1", peer.Port), ServerName = "server.test", Protocol = protocol ?? new Https() };
        var credential = client is null ? null : new Credential([client.Certificate], PrivateKey.Of(client.Key));
        var observation = await Handshaker.ObserveAsync(target, credential, null, TestPki.Trust(Root), run ?? Strict, default, mustReject);
        return Judge.Result(ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).First(), observation, Pins.None);
    }
}
