using System.Net.Sockets;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Handshake;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Probing;

/// <summary>A credential that must be refused: only a refusal by our own server is a pass, and only acceptance is a failure of enforcement.</summary>
public class EnforcementJudgeTests
{
    private static readonly ProbeJob Job =
        ProbePlan.For(Jobs.Target("a") with { MustReject = [Identity.None] }, nextIsStaged: _ => false, Replicas.AsConfigured).Single(job => job.Key.Expect == Expectation.Reject);

    [Fact]
    public void A_refusal_is_a_success()
    {
        FinalEvent[] refusals =
        [
            new(Phase.Confirm, FinalEventKind.Alert, "") { Alert = new Alert(116) },
            new(Phase.Confirm, FinalEventKind.EndOfStream, ""),
            HttpAnswers.Of(403, false),
            HttpAnswers.Of(400, true),
        ];
        foreach (var ending in refusals)
        {
            var result = Judged(ending);
            Assert.Equal((Outcome.Rejected, true, null), (result.Outcome, result.Success, result.Failure));
        }
    }

    [Fact]
    public void Acceptance_is_a_failure_of_enforcement()
    {
        FinalEvent[] acceptances =
        [
            new(Phase.Confirm, FinalEventKind.CloseAnswered, ""),
            HttpAnswers.Of(200, false, "HTTP 200"),
            HttpAnswers.Of(502, false, "HTTP 502"), // it asked, and passed us on
        ];
        foreach (var version in new[] { "1.2", "1.3" })
        {
            foreach (var ending in acceptances)
            {
                var result = Judged(ending, version: version);
                Assert.Equal((Outcome.Accepted, false, Reasons.NotRefused), (result.Outcome, result.Success, result.Failure?.Reason));
            }
        }
    }

    [Fact]
    public void A_server_that_did_not_ask_and_answers_403_has_refused_no_credential()
    {
        var result = Judged(HttpAnswers.Of(403, false, "HTTP 403"), asked: false);
        Assert.Equal((Outcome.Accepted, Reasons.NotRefused), (result.Outcome, result.Failure?.Reason));
        Assert.Contains("did not ask for a client certificate", result.Failure!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_probe_without_a_decision_shows_neither()
    {
        FinalEvent[] unknown =
        [
            new(Phase.Dns, FinalEventKind.NameNotFound, ""),
            new(Phase.Connect, FinalEventKind.ConnectFailed, "") { SocketError = SocketError.ConnectionRefused },
            new(Phase.Connect, FinalEventKind.Timeout, ""),
            new(Phase.Handshake, FinalEventKind.Timeout, ""),
            new(Phase.Confirm, FinalEventKind.Timeout, ""),
            new(Phase.Handshake, FinalEventKind.NotTls, ""),
            new(Phase.Handshake, FinalEventKind.Reset, ""),
            new(Phase.Handshake, FinalEventKind.Alert, "") { Alert = new Alert(80) },
            new(Phase.Identity, FinalEventKind.Material, "") { Material = Reasons.NotFound },
        ];
        foreach (var ending in unknown)
        {
            var result = Judged(ending, version: ending.Phase == Phase.Handshake ? "1.2" : "1.3");
            Assert.False(result.Success, ending.ToString());
            Assert.True(result.Outcome is Outcome.Failed or Outcome.Unconfirmed, ending.ToString());
            Assert.NotEqual(Reasons.NotRefused, result.Failure?.Reason);
        }
    }

    [Fact]
    public void A_server_that_reads_the_request_and_never_answers_has_shown_neither()
    {
        foreach (var kind in new[] { FinalEventKind.RequestUnanswered, FinalEventKind.Timeout, FinalEventKind.NotUnderstood })
        {
            var result = Judged(new(Phase.Application, kind, "no answer"), version: "1.2");
            Assert.Equal((Outcome.Unconfirmed, false, FailureClass.Application), (result.Outcome, result.Success, result.Failure?.Class));
        }
    }

    [Theory]
    [InlineData(407, true)]
    [InlineData(407, false)]
    [InlineData(502, false)]
    [InlineData(503, true)]
    [InlineData(503, false)]
    [InlineData(504, false)]
    public void An_answer_that_may_come_from_a_proxy_shows_neither_and_names_the_sender(int status, bool asked)
    {
        var result = Judged(HttpAnswers.Of(status, false, "HTTP (Server: \"front\")"), asked: asked);
        Assert.Equal((Outcome.Unconfirmed, Evidence.HttpStatus, Reasons.NoConfirmation), (result.Outcome, result.Evidence, result.Failure?.Reason));
        Assert.Contains("(Server: \"front\")", result.Failure!.Detail, StringComparison.Ordinal);
        Assert.Contains("http.path", result.Failure.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public void A_status_of_refusal_that_is_listed_as_success_shows_neither(int status)
    {
        var job = Job with { Target = Job.Target with { Protocol = new Https { ExpectStatus = [new(status, status)] } } };
        var result = Judged(HttpAnswers.Of(status, false, target: job.Target), job: job);
        Assert.Equal((Outcome.Unconfirmed, Reasons.NoConfirmation), (result.Outcome, result.Failure?.Reason));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_421_shows_neither_refusal_nor_acceptance(bool asked)
    {
        var result = Judged(HttpAnswers.Of(421, false), asked: asked);
        Assert.Equal((Outcome.Failed, false, Reasons.Misdirected), (result.Outcome, result.Success, result.Failure?.Reason));
    }

    [Fact]
    public void A_refusal_by_an_untrusted_server_proves_nothing()
    {
        var bad = new ChainVerdict { Faults = [new ChainFault(Reasons.Expired, null, "expired")] };
        foreach (var ending in new[] { new FinalEvent(Phase.Confirm, FinalEventKind.Alert, "") { Alert = new Alert(116) }, new FinalEvent(Phase.Confirm, FinalEventKind.CloseAnswered, "") })
        {
            var result = Judged(ending, bad);
            Assert.Equal((Outcome.Failed, false, Reasons.Expired), (result.Outcome, result.Success, result.Failure?.Reason));
        }
    }

    private static ProbeResult Judged(FinalEvent ending, ChainVerdict? chain = null, string version = "1.3", bool asked = true, ProbeJob? job = null) => Judge.Result(job ?? Job, new Observation
    {
        At = DateTimeOffset.UnixEpoch,
        FinalEvent = ending,
        Tls = new TlsFacts(version, "TLS_AES_256_GCM_SHA384", null),
        ClientCertificate = new ClientCertificateFacts { Requested = asked },
        CertificateAnswered = asked,
        ClosedTwice = true,
        Chain = chain ?? new ChainVerdict(),
        Timings = new Timings { Total = 1 },
    }, Pins.None);
}
