using System.Net.Sockets;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Handshake;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Verdicts;

/// <summary>The details of verdicts, line by line, on handmade observations.</summary>
public sealed class JudgeTests
{
    private static readonly Target Target = new() { Name = "t", Address = new HostPort("127.0.0.1", 1), ServerName = "server.test", Protocol = new Https() };

    [Theory]
    [InlineData(40, "handshake_failure")]
    [InlineData(42, "bad_certificate")]
    [InlineData(43, "unsupported_certificate")]
    [InlineData(44, "certificate_revoked")]
    [InlineData(45, "certificate_expired")]
    [InlineData(46, "certificate_unknown")]
    [InlineData(48, "unknown_ca")]
    [InlineData(49, "access_denied")]
    [InlineData(51, "decrypt_error")]
    [InlineData(116, "certificate_required")]
    public void An_alert_about_the_certificate_is_a_refusal_only_from_a_server_that_asked_and_had_our_answer(byte code, string reason)
    {
        foreach (var version in new[] { "1.2", "1.3" })
        {
            var alert = new FinalEvent(version == "1.2" ? Phase.Handshake : Phase.Confirm, FinalEventKind.Alert, "alert") { Alert = new Alert(code) };
            AssertVerdict(Seen(alert, version), Outcome.Rejected, FailureClass.ClientCertificate, reason, Evidence.Alert);
            AssertVerdict(Seen(alert, version, answered: false), Outcome.Failed, FailureClass.Protocol, "tls_error", null);
            AssertVerdict(Seen(alert, version, asked: false, answered: false), Outcome.Failed, FailureClass.Protocol, "tls_error", null);
        }
    }

    [Fact]
    public void A_lack_of_descriptors_or_memory_is_no_fault_of_the_server_and_no_internal_error()
    {
        var scarce = new FinalEvent(Phase.Connect, FinalEventKind.ConnectFailed, "too many open files") { SocketError = SocketError.ConnectionRefused, IsScarcity = true };

        var seen = Seen(scarce, null, asked: false, answered: false);

        AssertVerdict(seen, Outcome.Failed, FailureClass.Internal, "internal", null);
        Assert.StartsWith("This process or its system had no file descriptors, threads or memory left: raise the limits", Judged(seen).Failure!.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, "tls_error")]
    [InlineData(47, "tls_error")]
    [InlineData(70, "protocol_version")]
    [InlineData(71, "no_shared_cipher")]
    [InlineData(80, "tls_error")]
    [InlineData(112, "unrecognized_name")]
    [InlineData(120, "no_application_protocol")]
    [InlineData(255, "tls_error")]
    public void An_alert_about_something_else_is_never_a_refusal(byte code, string reason)
    {
        var alert = new FinalEvent(Phase.Handshake, FinalEventKind.Alert, "alert") { Alert = new Alert(code) };
        AssertVerdict(Seen(alert, "1.2"), Outcome.Failed, FailureClass.Protocol, reason, null);
        AssertVerdict(Seen(alert, null, asked: false, answered: false), Outcome.Failed, FailureClass.Protocol, reason, null);
    }

    [Theory]
    [InlineData(nameof(Phase.Dns), "dns_failed")]
    [InlineData(nameof(Phase.Connect), "connect_timeout")]
    [InlineData(nameof(Phase.Handshake), "handshake_timeout")]
    public void Silence_before_the_handshake_is_done_is_a_failure_of_its_phase(string phase, string reason) =>
        AssertVerdict(Seen(new(Enum.Parse<Phase>(phase), FinalEventKind.Timeout, ""), "1.2"), Outcome.Failed, null, reason, null);

    [Fact]
    public void Silence_after_the_handshake_confirms_nothing() =>
        AssertVerdict(Seen(new(Phase.Confirm, FinalEventKind.Timeout, ""), "1.3"), Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.Silence);

    [Fact]
    public void Without_an_HTTP_answer_a_request_shows_neither_acceptance_nor_refusal_whatever_the_handshake_showed()
    {
        (FinalEvent FinalEvent, string Reason, Evidence Evidence)[] unanswered =
        [
            (new(Phase.Application, FinalEventKind.Timeout, ""), "timeout", Evidence.Silence),
            (new(Phase.Application, FinalEventKind.Timeout, "") { AnswerBegun = true }, "timeout", Evidence.Silence),
            (new(Phase.Application, FinalEventKind.RequestUnanswered, ""), "closed", Evidence.Closed),
            (new(Phase.Application, FinalEventKind.RequestUnanswered, "") { AnswerBegun = true }, "closed", Evidence.Closed),
            (new(Phase.Application, FinalEventKind.RequestUnanswered, "") { SocketError = SocketError.ConnectionReset }, "closed", Evidence.Closed),
            (new(Phase.Application, FinalEventKind.NotUnderstood, ""), "not_http", Evidence.ApplicationData),
        ];
        foreach (var (ending, reason, evidence) in unanswered)
        {
            foreach (var seen in new[]
                     {
                         Seen(ending, "1.2"), Seen(ending, "1.3"), Seen(ending, "1.3") with { Tickets = 2 }, Seen(ending, "1.3") with { Unsure = true },
                         Seen(ending, "1.2") with { AskedAgain = true }, Seen(ending, "1.3") with { AskedAgain = true, Tickets = 2 },
                         Seen(ending, "1.3", asked: false, answered: false) with { Tickets = 2 },
                     })
            {
                AssertVerdict(seen, Outcome.Unconfirmed, FailureClass.Application, reason, evidence);
            }
        }
    }

    [Fact]
    public void A_close_that_may_be_a_late_refusal_confirms_nothing()
    {
        var late = new FinalEvent(Phase.Confirm, FinalEventKind.CloseAnswered, "closed") { ClosedAfter = TimeSpan.FromSeconds(4) };
        AssertVerdict(Seen(late, "1.3"), Outcome.Accepted, null, null, Evidence.CloseNotify);
        AssertVerdict(Seen(late, "1.3") with { Unsure = true }, Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.Closed);
    }

    [Theory]
    [InlineData(401, true)]
    [InlineData(403, true)]
    [InlineData(495, false)]
    [InlineData(496, false)]
    public void A_status_of_refusal_refuses_unless_nobody_asked_and_only_401_and_403_may_be_expected(int status, bool mayBeExpected)
    {
        var answer = HttpAnswers.Of(status, false);
        AssertVerdict(Seen(answer, "1.3"), Outcome.Rejected, FailureClass.ClientCertificate, "http_status", Evidence.HttpStatus);
        AssertVerdict(Seen(answer, "1.3", asked: false, answered: false), Outcome.Accepted, FailureClass.Application, "unexpected_status", Evidence.HttpStatus);
        var expecting = Target with { Protocol = new Https { ExpectStatus = [new(status, status)] } };
        var listed = HttpAnswers.Of(status, false, target: expecting);
        if (mayBeExpected) AssertVerdict(Seen(listed, "1.3"), Outcome.Accepted, null, null, Evidence.HttpStatus, expecting);
        else AssertVerdict(Seen(listed, "1.3"), Outcome.Rejected, FailureClass.ClientCertificate, "http_status", Evidence.HttpStatus, expecting);
        AssertVerdict(Seen(listed, "1.3", asked: false, answered: false), Outcome.Accepted, null, null, Evidence.HttpStatus, expecting);
    }

    [Fact]
    public void A_421_is_no_verdict_whatever_is_expected()
    {
        var answer = HttpAnswers.Of(421, false);
        var expecting = Target with { Protocol = new Https { ExpectStatus = [new(200, 499)] } };
        AssertVerdict(Seen(answer, "1.3"), Outcome.Failed, FailureClass.Protocol, "misdirected", null);
        AssertVerdict(Seen(HttpAnswers.Of(421, false, target: expecting), "1.2", asked: false, answered: false), Outcome.Failed, FailureClass.Protocol, "misdirected", null, expecting);
    }

    [Fact]
    public void A_400_refuses_only_if_its_body_mentions_the_certificate()
    {
        var answer = HttpAnswers.Of(400, true);
        AssertVerdict(Seen(answer, "1.2"), Outcome.Rejected, FailureClass.ClientCertificate, "http_status", Evidence.HttpStatus);
        AssertVerdict(Seen(HttpAnswers.Of(400, false), "1.2"), Outcome.Accepted, null, null, Evidence.HttpStatus);
        var expecting = Target with { Protocol = new Https { ExpectStatus = [new(400, 400)] } };
        AssertVerdict(Seen(HttpAnswers.Of(400, true, target: expecting), "1.2"), Outcome.Rejected, FailureClass.ClientCertificate, "http_status", Evidence.HttpStatus, expecting);
        AssertVerdict(Seen(HttpAnswers.Of(400, false, target: expecting), "1.2"), Outcome.Accepted, null, null, Evidence.HttpStatus, expecting);
    }

    [Fact]
    public void A_400_whose_reason_did_not_arrive_is_neither_refusal_nor_acceptance()
    {
        var answer = HttpAnswers.Of(400, null);
        AssertVerdict(Seen(answer, "1.3") with { Tickets = 2 }, Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.HttpStatus);
        AssertVerdict(Seen(answer, "1.3", asked: false, answered: false), Outcome.Accepted, null, null, Evidence.HttpStatus);
        var expecting = Target with { Protocol = new Https { ExpectStatus = [new(400, 400)] } };
        AssertVerdict(Seen(HttpAnswers.Of(400, null, target: expecting), "1.3"), Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.HttpStatus, expecting);
    }

    [Fact]
    public void A_certificate_request_after_our_request_is_reported_if_no_answer_follows()
    {
        var late = Seen(new FinalEvent(Phase.Application, FinalEventKind.RequestUnanswered, "closed"), "1.2") with { AskedAgain = true };
        Assert.Contains("asked for a certificate after the request", Judged(late).Failure!.Detail, StringComparison.Ordinal);
        Assert.Equal("closed", Judged(late with { AskedAgain = false }).Failure!.Detail);
    }

    [Fact]
    public void A_credential_that_the_server_does_not_request_is_no_success_unless_that_is_expected()
    {
        var target = Target with { Identity = "checkout" };
        FinalEvent[] acceptances =
        [
            new(Phase.Confirm, FinalEventKind.CloseAnswered, ""),
            HttpAnswers.Of(200, false),
        ];
        foreach (var ending in acceptances)
        {
            foreach (var version in new[] { "1.2", "1.3" })
            {
                var open = Seen(ending, version, asked: false, answered: false);
                var evidence = Judged(open).Evidence;
                AssertVerdict(open, Outcome.Accepted, FailureClass.Enforcement, "not_requested", evidence, target);
                AssertVerdict(open, Outcome.Accepted, null, null, evidence, target with { RequestExpected = false });
                AssertVerdict(open, Outcome.Accepted, null, null, evidence, target with { Identity = Identity.None });
                AssertVerdict(open with { ClientCertificate = null }, Outcome.Accepted, null, null, evidence, target); // not known
            }
        }
    }

    [Fact]
    public void The_missing_request_precedes_other_faults_and_does_not_hide_them()
    {
        var answer = HttpAnswers.Of(403, false, "the server answered with HTTP status 403");
        var open = Seen(answer, "1.3", asked: false, answered: false);
        var failure = Judged(open, Target with { Identity = "checkout" }).Failure!;
        Assert.Equal(Reasons.NotRequested, failure.Reason);
        Assert.Contains("HTTP status 403", failure.Detail, StringComparison.Ordinal);
        Assert.EndsWith("; also application unexpected_status", failure.Detail, StringComparison.Ordinal);
        AssertVerdict(open, Outcome.Accepted, FailureClass.Application, "unexpected_status", Evidence.HttpStatus, Target with { Identity = "checkout", RequestExpected = false });
    }

    [Fact]
    public void An_unexpected_status_is_the_fault_of_the_application()
    {
        var expecting = Target with { Protocol = new Https { ExpectStatus = [new(200, 399), new(404, 404)] } };
        AssertVerdict(Seen(HttpAnswers.Of(503, false, target: expecting), "1.3"), Outcome.Accepted, FailureClass.Application, "unexpected_status", Evidence.HttpStatus, expecting);
        AssertVerdict(Seen(HttpAnswers.Of(404, false, target: expecting), "1.3"), Outcome.Accepted, null, null, Evidence.HttpStatus, expecting);
    }

    [Fact]
    public void An_untrusted_chain_is_never_accepted_whatever_else_was_seen_and_a_refusal_stays_one()
    {
        var chain = new ChainVerdict { Faults = [new ChainFault(Reasons.Expired, "CN=server", "expired 3 days ago")] };
        foreach (var ending in new FinalEvent[]
                 {
                     new(Phase.Confirm, FinalEventKind.CloseAnswered, ""), new(Phase.Confirm, FinalEventKind.TalksOn, ""),
                     new(Phase.Confirm, FinalEventKind.Timeout, ""), HttpAnswers.Of(200, false),
                     new(Phase.Confirm, FinalEventKind.Alert, "") { Alert = new Alert(80) },
                 })
        {
            AssertVerdict(Seen(ending, "1.3") with { Chain = chain }, Outcome.Failed, FailureClass.ServerCertificate, "expired", null);
        }

        var refusal = new FinalEvent(Phase.Confirm, FinalEventKind.Alert, "") { Alert = new Alert(48) };
        AssertVerdict(Seen(refusal, "1.3") with { Chain = chain }, Outcome.Rejected, FailureClass.ClientCertificate, "unknown_ca", Evidence.Alert);
        AssertVerdict(Seen(new(Phase.Confirm, FinalEventKind.CloseAnswered, ""), "1.3") with { Chain = null }, Outcome.Failed, FailureClass.Internal, "internal", null);
    }

    [Fact]
    public void Every_reason_has_a_label_that_is_unique_in_its_class_and_a_hint_that_says_what_to_do()
    {
        Assert.Equal(Reasons.All.Count, Reasons.All.Select(reason => (reason.Class, reason.Label)).Distinct().Count());
        Assert.All(Reasons.All, reason => Assert.Matches("^[a-z0-9]+(_[a-z0-9]+)*$", reason.Label));
        Assert.All(Reasons.All, reason => Assert.True(reason.Sentence.Length > 10 && reason.Hint.Length > 20 && reason.Hint.EndsWith('.')));
        var declared = typeof(Reasons).GetFields().Where(field => field.FieldType == typeof(Reason)).Select(field => (Reason)field.GetValue(null)!);
        Assert.Equal(declared.Select(reason => (reason.Class, reason.Label)).Order(), Reasons.All.Select(reason => (reason.Class, reason.Label)).Order());
    }

    [Fact]
    public void A_certificate_that_the_request_does_not_allow_is_not_tried_again_and_proves_no_enforcement()
    {
        var alert = new FinalEvent(Phase.Confirm, FinalEventKind.Alert, "alert") { Alert = new Alert(116) };
        var withheld = Seen(alert, "1.3");
        var sent = withheld with { ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = TestPki.SelfSignedLeaf("c").Certificate } };
        var target = Target with { Identity = "checkout", MustReject = ["old", Identity.None] };
        Failure? Failure(Observation seen, int job) => Judge.Result(ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).ElementAt(job), seen, Pins.None).Failure;

        Assert.Equal((Reasons.CertificateRequired, Reasons.WithheldHint), (Failure(withheld, 0)?.Reason, Failure(withheld, 0)?.Hint));
        Assert.StartsWith("We sent a certificate, but the server says that it received none", Failure(sent, 0)?.Hint, StringComparison.Ordinal);
        Assert.Equal(Reasons.WithheldHint, Failure(withheld, 1)?.Hint);
        Assert.Null(Failure(sent, 1));
        Assert.Null(Failure(withheld, 2)); // without an identity there is nothing to withhold

        // A server that accepts us without the credential has not shown how it treats it, whether it must be accepted or refused.
        var letIn = withheld with { FinalEvent = HttpAnswers.Of(200, false) };
        Assert.Equal((Reasons.NoConfirmation, Reasons.WithheldHint), (Failure(letIn, 0)?.Reason, Failure(letIn, 0)?.Hint));
        Assert.Equal((Reasons.NoConfirmation, Reasons.WithheldHint), (Failure(letIn, 1)?.Reason, Failure(letIn, 1)?.Hint));
        Assert.Equal(Reasons.NotRefused, Failure(letIn, 2)?.Reason);
    }

    [Fact]
    public void The_hint_is_based_on_this_handshake()
    {
        var expired = TestPki.Root("Root").Client("c", template => template with { NotBefore = TestPki.Now.AddDays(-9), NotAfter = TestPki.Now.AddDays(-2) }).Certificate;
        var alert = new FinalEvent(Phase.Confirm, FinalEventKind.Alert, "alert") { Alert = new Alert(42) };
        var seen = Seen(alert, "1.3") with
        {
            Credential = [expired],
            ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = expired, AcceptableIssuers = ["CN=Other"], IssuerAcceptable = false },
        };
        var hint = Hint(seen);
        Assert.StartsWith("Our chain does not lead to the one issuer that the server named: it ends at CN=Root.", hint, StringComparison.Ordinal);
        Assert.Contains(" Also, our certificate expired at ", hint, StringComparison.Ordinal);

        // Observed with a request that allows only RSA keys; the answer was empty.
        var target = Target with { Identity = "checkout" };
        var withheld = Seen(alert with { Alert = new Alert(116) }, "1.3") with { Credential = [TestPki.Root("Root").Client("c").Certificate], AllowedSignatures = [0x0804, 0x0805] };
        Assert.StartsWith("The server's request allows keys of the kind RSA only, and ours is EC P-256", Hint(withheld, target), StringComparison.Ordinal);

        var ours = Seen(new(Phase.Confirm, FinalEventKind.Timeout, "") { InOurSilence = true }, "1.3");
        Assert.StartsWith("The time ran out while the probe was still waiting", Hint(ours), StringComparison.Ordinal);

        static string? Hint(Observation seen, Target? target = null) =>
            Judge.Result(ProbePlan.For(target ?? Target, nextIsStaged: _ => false, Replicas.AsConfigured).First(), seen, Pins.None).Failure?.Hint;
    }

    private static Observation Seen(FinalEvent ending, string? version, bool asked = true, bool answered = true) => new()
    {
        At = TestPki.Now,
        FinalEvent = ending,
        Tls = version is null ? null : new TlsFacts(version, "TLS_AES_256_GCM_SHA384", null),
        ClientCertificate = new ClientCertificateFacts { Requested = asked },
        CertificateAnswered = answered,
        Chain = new ChainVerdict(),
        Timings = new Timings { Total = 1 },
    };

    private static void AssertVerdict(
        Observation seen, Outcome outcome, FailureClass? failureClass, string? reason, Evidence? evidence, Target? target = null)
    {
        var result = Judged(seen, target);
        Assert.Equal((outcome, reason, evidence), (result.Outcome, result.Failure?.Reason.Label, result.Evidence));
        if (failureClass is not null) Assert.Equal(failureClass, result.Failure?.Class);
        Assert.Equal(outcome == Outcome.Accepted && reason is null, result.Success);
    }
    private static ProbeResult Judged(Observation seen, Target? target = null) =>
        Judge.Result(ProbePlan.For(target ?? Target, nextIsStaged: _ => false, Replicas.AsConfigured).First(), seen, Pins.None);
}
