using System.Net.Sockets;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

/// <summary>The fine print of verdicts, line by line, on observations made by hand.</summary>
public sealed class JudgeTests
{
    private static readonly Target Target = new() { Name = "t", Address = new HostPort("127.0.0.1", 1), ServerName = "server.test" };

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
            var alert = new Ending(version == "1.2" ? Phase.Handshake : Phase.Confirm, EndingKind.Alert, "alert") { Alert = new Alert(code) };
            AssertVerdict(Seen(alert, version), Outcome.Rejected, FailureClass.ClientCertificate, reason, Evidence.Alert);
            AssertVerdict(Seen(alert, version, answered: false), Outcome.Failed, FailureClass.Protocol, "tls_error", null);
            AssertVerdict(Seen(alert, version, asked: false, answered: false), Outcome.Failed, FailureClass.Protocol, "tls_error", null);
        }
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
        var alert = new Ending(Phase.Handshake, EndingKind.Alert, "alert") { Alert = new Alert(code) };
        AssertVerdict(Seen(alert, "1.2"), Outcome.Failed, FailureClass.Protocol, reason, null);
        AssertVerdict(Seen(alert, null, asked: false, answered: false), Outcome.Failed, FailureClass.Protocol, reason, null);
    }

    [Theory]
    [InlineData(nameof(Phase.Dns), "dns_failed")]
    [InlineData(nameof(Phase.Connect), "connect_timeout")]
    [InlineData(nameof(Phase.Handshake), "handshake_timeout")]
    public void Silence_before_the_handshake_is_done_is_a_failure_of_its_phase(string phase, string reason) =>
        AssertVerdict(Seen(new(Enum.Parse<Phase>(phase), EndingKind.Timeout, ""), "1.2"), Outcome.Failed, null, reason, null);

    [Fact]
    public void Silence_after_the_handshake_confirms_nothing() =>
        AssertVerdict(Seen(new(Phase.Confirm, EndingKind.Timeout, ""), "1.3"), Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.Silence);

    [Fact]
    public void Silence_after_the_request_is_the_applications_where_the_handshake_was_confirmed()
    {
        var silence = new Ending(Phase.Application, EndingKind.Timeout, "");
        AssertVerdict(Seen(silence, "1.3") with { Tickets = 1 }, Outcome.Accepted, FailureClass.Application, "timeout", Evidence.SessionTicket);
        AssertVerdict(Seen(silence, "1.2"), Outcome.Accepted, FailureClass.Application, "timeout", Evidence.HandshakeFinished);
        AssertVerdict(Seen(silence, "1.3"), Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.Silence);
    }

    [Fact]
    public void A_close_that_may_be_a_late_refusal_confirms_nothing()
    {
        var late = new Ending(Phase.Confirm, EndingKind.CloseAnswered, "closed") { ClosedAfter = TimeSpan.FromSeconds(4) };
        AssertVerdict(Seen(late, "1.3"), Outcome.Accepted, null, null, Evidence.CloseNotify);
        AssertVerdict(Seen(late, "1.3") with { Unsure = true }, Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.Closed);
        var unanswered = new Ending(Phase.Application, EndingKind.RequestUnanswered, "closed") { ClosedAfter = TimeSpan.FromSeconds(4) };
        AssertVerdict(Seen(unanswered, "1.3") with { Tickets = 2 }, Outcome.Accepted, FailureClass.Application, "closed", Evidence.SessionTicket);
        AssertVerdict(Seen(unanswered, "1.3") with { Tickets = 2, Unsure = true }, Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.Closed);
    }

    [Fact]
    public void A_close_in_the_middle_of_an_answer_is_never_a_refusal()
    {
        var cut = new Ending(Phase.Application, EndingKind.RequestUnanswered, "") { AnswerBegun = true };
        AssertVerdict(Seen(cut, "1.3"), Outcome.Accepted, FailureClass.Application, "closed", Evidence.ApplicationData);
    }

    [Fact]
    public void A_deadline_in_the_middle_of_an_answer_is_the_applications()
    {
        var cut = new Ending(Phase.Application, EndingKind.Timeout, "") { AnswerBegun = true };
        AssertVerdict(Seen(cut, "1.3"), Outcome.Accepted, FailureClass.Application, "timeout", Evidence.ApplicationData);
        AssertVerdict(Seen(cut, "1.3") with { Tickets = 1 }, Outcome.Accepted, FailureClass.Application, "timeout", Evidence.SessionTicket);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(495)]
    [InlineData(496)]
    public void A_status_of_refusal_refuses_unless_it_is_expected_or_nobody_asked(int status)
    {
        var answer = new Ending(Phase.Application, EndingKind.HttpAnswer, "") { Http = new HttpAnswer(status, false) };
        AssertVerdict(Seen(answer, "1.3"), Outcome.Rejected, FailureClass.ClientCertificate, "http_status", Evidence.HttpStatus);
        AssertVerdict(Seen(answer, "1.3", asked: false, answered: false), Outcome.Accepted, FailureClass.Application, "unexpected_status", Evidence.HttpStatus);
        var expecting = Target with { Http = new HttpRequest { ExpectStatus = [new(status, status)] } };
        AssertVerdict(Seen(answer, "1.3"), Outcome.Accepted, null, null, Evidence.HttpStatus, expecting);
    }

    [Fact]
    public void A_400_refuses_only_when_its_body_speaks_of_the_certificate()
    {
        var answer = new Ending(Phase.Application, EndingKind.HttpAnswer, "") { Http = new HttpAnswer(400, true) };
        AssertVerdict(Seen(answer, "1.2"), Outcome.Rejected, FailureClass.ClientCertificate, "http_status", Evidence.HttpStatus);
        AssertVerdict(Seen(answer with { Http = new HttpAnswer(400, false) }, "1.2"), Outcome.Accepted, null, null, Evidence.HttpStatus);
    }

    [Fact]
    public void A_400_whose_reason_did_not_come_is_neither_refusal_nor_acceptance()
    {
        var answer = new Ending(Phase.Application, EndingKind.HttpAnswer, "") { Http = new HttpAnswer(400, null) };
        AssertVerdict(Seen(answer, "1.3") with { Tickets = 2 }, Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.HttpStatus);
        AssertVerdict(Seen(answer, "1.3", asked: false, answered: false), Outcome.Accepted, null, null, Evidence.HttpStatus);
        var expecting = Target with { Http = new HttpRequest { ExpectStatus = [new(400, 400)] } };
        AssertVerdict(Seen(answer, "1.3"), Outcome.Accepted, null, null, Evidence.HttpStatus, expecting);
    }

    [Fact]
    public void A_server_without_tickets_that_ends_at_our_request_may_have_crashed()
    {
        var unanswered = new Ending(Phase.Application, EndingKind.RequestUnanswered, "");
        AssertVerdict(Seen(unanswered, "1.3"), Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.Closed);
        AssertVerdict(Seen(unanswered with { SocketError = SocketError.ConnectionReset }, "1.3"), Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.Closed);
        AssertVerdict(Seen(unanswered, "1.3", asked: false, answered: false), Outcome.Failed, FailureClass.Protocol, "closed", null);
    }

    [Fact]
    public void What_a_server_did_before_it_asked_for_a_certificate_confirms_nothing()
    {
        foreach (var version in new[] { "1.2", "1.3" })
        {
            var late = Seen(new Ending(Phase.Application, EndingKind.Timeout, ""), version) with { Tickets = 2, AskedAgain = true };
            AssertVerdict(late, Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.Silence);
            var closed = new Ending(Phase.Application, EndingKind.RequestUnanswered, "");
            AssertVerdict(late with { Ending = closed }, Outcome.Rejected, FailureClass.ClientCertificate, "closed_without_alert", Evidence.Closed);
            AssertVerdict(late with { Ending = closed with { SocketError = SocketError.ConnectionReset } }, Outcome.Unconfirmed, FailureClass.Protocol, "no_confirmation", Evidence.Closed);
        }
    }

    [Fact]
    public void A_status_that_is_not_expected_is_the_applications_fault()
    {
        var answer = new Ending(Phase.Application, EndingKind.HttpAnswer, "") { Http = new HttpAnswer(503, false) };
        var expecting = Target with { Http = new HttpRequest { ExpectStatus = [new(200, 399), new(404, 404)] } };
        AssertVerdict(Seen(answer, "1.3"), Outcome.Accepted, FailureClass.Application, "unexpected_status", Evidence.HttpStatus, expecting);
        AssertVerdict(Seen(answer with { Http = new HttpAnswer(404, false) }, "1.3"), Outcome.Accepted, null, null, Evidence.HttpStatus, expecting);
    }

    [Fact]
    public void An_untrusted_chain_is_never_accepted_whatever_else_was_seen_and_a_refusal_stays_one()
    {
        var chain = new ChainVerdict { Faults = [new ChainFault(Reasons.Expired, "CN=server", "expired 3 days ago")] };
        foreach (var ending in new Ending[]
                 {
                     new(Phase.Confirm, EndingKind.CloseAnswered, ""), new(Phase.Confirm, EndingKind.TalksOn, ""),
                     new(Phase.Confirm, EndingKind.Timeout, ""), new(Phase.Application, EndingKind.HttpAnswer, "") { Http = new HttpAnswer(200, false) },
                     new(Phase.Confirm, EndingKind.Alert, "") { Alert = new Alert(80) },
                 })
        {
            AssertVerdict(Seen(ending, "1.3") with { Chain = chain }, Outcome.Failed, FailureClass.ServerCertificate, "expired", null);
        }

        var refusal = new Ending(Phase.Confirm, EndingKind.Alert, "") { Alert = new Alert(48) };
        AssertVerdict(Seen(refusal, "1.3") with { Chain = chain }, Outcome.Rejected, FailureClass.ClientCertificate, "unknown_ca", Evidence.Alert);
        AssertVerdict(Seen(new(Phase.Confirm, EndingKind.CloseAnswered, ""), "1.3") with { Chain = null }, Outcome.Failed, FailureClass.Internal, "internal", null);
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
    public void A_certificate_that_the_request_does_not_allow_is_not_asked_for_again_and_proves_no_enforcement()
    {
        var alert = new Ending(Phase.Confirm, EndingKind.Alert, "alert") { Alert = new Alert(116) };
        var withheld = Seen(alert, "1.3");
        var sent = withheld with { ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = TestPki.SelfSignedLeaf("c").Certificate } };
        var target = Target with { Identity = "checkout", MustReject = ["old", Identity.None] };
        Failure? Failure(Observation seen, int job) => Judge.Result(ProbePlan.For(target, nextIsStaged: false, Replicas.AsConfigured).ElementAt(job), seen, Expected.Nothing).Failure;

        Assert.Equal((Reasons.CertificateRequired, Reasons.WithheldHint), (Failure(withheld, 0)?.Reason, Failure(withheld, 0)?.Hint));
        Assert.Equal(Reasons.CertificateRequired.Hint, Failure(sent, 0)?.Hint);
        Assert.Equal(Reasons.WithheldHint, Failure(withheld, 1)?.Hint);
        Assert.Null(Failure(sent, 1));
        Assert.Null(Failure(withheld, 2)); // without an identity there is nothing to withhold

        // Who lets us in without it has not shown what it makes of it, be it to be accepted or to be refused.
        var letIn = withheld with { Ending = new Ending(Phase.Application, EndingKind.HttpAnswer, "") { Http = new HttpAnswer(200, false) } };
        Assert.Equal((Reasons.NoConfirmation, Reasons.WithheldHint), (Failure(letIn, 0)?.Reason, Failure(letIn, 0)?.Hint));
        Assert.Equal((Reasons.NoConfirmation, Reasons.WithheldHint), (Failure(letIn, 1)?.Reason, Failure(letIn, 1)?.Hint));
        Assert.Equal(Reasons.NotRefused, Failure(letIn, 2)?.Reason);
    }

    private static Observation Seen(Ending ending, string? version, bool asked = true, bool answered = true) => new()
    {
        At = TestPki.Now,
        Ending = ending,
        Tls = version is null ? null : new TlsFacts(version, "TLS_AES_256_GCM_SHA384", null),
        ClientCertificate = new ClientCertificateFacts { Requested = asked },
        CertificateAnswered = answered,
        Chain = new ChainVerdict(),
        Timings = new Timings { Total = 1 },
    };

    private static void AssertVerdict(
        Observation seen, Outcome outcome, FailureClass? failureClass, string? reason, Evidence? evidence, Target? target = null)
    {
        var result = Judge.Result(ProbePlan.For(target ?? Target, nextIsStaged: false, Replicas.AsConfigured).First(), seen, Expected.Nothing);
        Assert.Equal((outcome, reason, evidence), (result.Outcome, result.Failure?.Reason.Label, result.Evidence));
        if (failureClass is not null) Assert.Equal(failureClass, result.Failure?.Class);
        Assert.Equal(outcome == Outcome.Accepted && reason is null, result.Success);
    }
}
