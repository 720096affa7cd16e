using System.Net.Sockets;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Verdicts;

/// <summary>The meaning of a close, a reset or a silence without an alert, line by line, on handmade observations.</summary>
public sealed class ControlJudgeTests
{
    private static readonly Reaction UnknownCa = new(ReactionKind.Alert, new Alert(48));
    private static readonly Reaction Closed = new(ReactionKind.Closed);
    private static readonly Reaction Reset = new(ReactionKind.Reset);
    private static readonly Reaction Kept = new(ReactionKind.Kept);
    private static readonly Reaction Failed = new(ReactionKind.Failed);
    private static readonly FinalEvent Eof = new(Phase.Confirm, FinalEventKind.EndOfStream, "closed");
    private static readonly FinalEvent CloseNotify = new(Phase.Confirm, FinalEventKind.CloseNotify, "closed");
    private static readonly FinalEvent WasReset = new(Phase.Confirm, FinalEventKind.Reset, "reset") { SocketError = SocketError.ConnectionReset };

    [Fact]
    public void A_close_or_a_reset_of_a_server_that_never_asked_or_had_no_answer_is_no_refusal()
    {
        foreach (var (asked, answered) in new[] { (false, false), (true, false) })
        {
            AssertVerdict(Seen(Eof, asked, answered), Outcome.Failed, "protocol/closed", null);
            AssertVerdict(Seen(CloseNotify, asked, answered), Outcome.Failed, "protocol/closed", null);
            AssertVerdict(Seen(WasReset, asked, answered), Outcome.Failed, "network/connection_reset", null);
        }
    }

    [Fact]
    public void One_close_is_no_refusal()
    {
        foreach (var ending in new[] { Eof, CloseNotify, WasReset, Eof with { Phase = Phase.Handshake } })
            AssertVerdict(Seen(ending), Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Closed);
        AssertVerdict(Seen(WasReset with { Phase = Phase.Handshake }), Outcome.Failed, "network/connection_reset", null);
    }

    [Fact]
    public void Two_closes_are_a_refusal_if_no_control_is_possible()
    {
        foreach (var ending in new[] { Eof, CloseNotify, WasReset, Eof with { Phase = Phase.Handshake } })
            AssertVerdict(Twice(ending), Outcome.Rejected, "client_certificate/closed_without_alert", Evidence.Closed);
        AssertVerdict(Twice(WasReset with { Phase = Phase.Handshake }), Outcome.Failed, "network/connection_reset", null);
    }

    [Fact]
    public void A_close_is_no_refusal_by_a_server_that_has_an_alert_for_strangers()
    {
        foreach (var ending in new[] { Eof, CloseNotify, WasReset })
            AssertVerdict(Twice(ending, new(UnknownCa, Closed, null)), Outcome.Unconfirmed, "application/closed", Evidence.Closed);
    }

    /// <summary>TCP ends at the proxy. Only a close_notify comes from the server itself.</summary>
    [Fact]
    public void Behind_a_proxy_a_bare_close_and_a_silence_show_nothing()
    {
        var control = new ControlFacts(Closed, Closed, null);
        var answered = new FinalEvent(Phase.Confirm, FinalEventKind.CloseAnswered, "closed after our close");
        foreach (var ending in new[] { Eof, WasReset, Eof with { Phase = Phase.Handshake }, WasReset with { Phase = Phase.Handshake }, answered })
            AssertVerdict(Relayed(Twice(ending, control)), Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Closed);
        foreach (var ending in new[] { Eof, WasReset })
            AssertVerdict(Relayed(Seen(ending, asked: true, answered: false)), Outcome.Failed, "network/connection_reset", null);
        AssertVerdict(Relayed(Seen(new FinalEvent(Phase.Confirm, FinalEventKind.Timeout, "silent")) with { Control = new(UnknownCa, UnknownCa, null), Acknowledged = true, Tickets = 2 }), Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Silence);

        AssertVerdict(Relayed(Twice(CloseNotify, control)), Outcome.Rejected, "client_certificate/closed_without_alert", Evidence.Closed);
        AssertVerdict(Relayed(Seen(answered)) with { Notified = true }, Outcome.Accepted, null, Evidence.CloseNotify);

        foreach (var kind in new[] { FinalEventKind.RequestUnanswered, FinalEventKind.NotTls })
        {
            var cut = Relayed(Seen(new FinalEvent(Phase.Application, kind, "the server closed the connection")));
            Assert.EndsWith(", or the proxy http://proxy:3128 did", Verdict(cut).Failure!.Detail, StringComparison.Ordinal);
            Assert.EndsWith("closed the connection", Verdict(cut with { Notified = true }).Failure!.Detail, StringComparison.Ordinal);
        }
    }

    /// <summary>Whether ALPN would help is not known after a network fault. The alert no_application_protocol is an answer: these names do not help.</summary>
    [Fact]
    public void A_close_is_no_refusal_if_the_attempt_with_alpn_failed()
    {
        foreach (var ending in new[] { Eof, CloseNotify, WasReset, Eof with { Phase = Phase.Handshake } })
        {
            AssertVerdict(Twice(ending, new(Closed, Closed, Failed)), Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Closed);
            AssertVerdict(Twice(ending, new(Closed, Closed, Failed with { Alert = new Alert(120) })), Outcome.Rejected, "client_certificate/closed_without_alert", Evidence.Closed);
        }

        AssertVerdict(Twice(WasReset with { Phase = Phase.Handshake }, new(Closed, Closed, Failed)), Outcome.Failed, "network/connection_reset", null);
    }

    [Fact]
    public void A_close_that_strangers_get_too_is_a_refusal()
    {
        foreach (var ending in new[] { Eof, CloseNotify, WasReset })
        {
            foreach (var strangers in new[] { Closed, Reset })
                AssertVerdict(Twice(ending, new(strangers, UnknownCa, null)), Outcome.Rejected, "client_certificate/closed_without_alert", Evidence.Closed);
        }
    }

    [Fact]
    public void A_close_or_a_reset_inside_the_handshake_is_a_refusal_even_if_strangers_get_an_alert()
    {
        foreach (var ending in new[] { Eof with { Phase = Phase.Handshake }, WasReset with { Phase = Phase.Handshake } })
        {
            foreach (var strangers in new[] { UnknownCa, Closed, Reset })
                AssertVerdict(Twice(ending, new(strangers, null, null)), Outcome.Rejected, "client_certificate/closed_without_alert", Evidence.Closed);
        }
    }

    [Fact]
    public void A_close_long_after_that_of_strangers_is_no_refusal()
    {
        var idle = Twice(Eof, new(Closed, Closed, null)) with { KeptFor = TimeSpan.FromSeconds(3) };
        AssertVerdict(idle, Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Closed);
        var slow = Closed with { After = TimeSpan.FromSeconds(2) };
        AssertVerdict(idle with { Control = new(slow, slow, null) }, Outcome.Rejected, "client_certificate/closed_without_alert", Evidence.Closed);
    }

    [Fact]
    public void A_control_that_could_not_be_made_decides_nothing()
    {
        AssertVerdict(Twice(Eof, new(Failed, Failed, null)), Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Closed);
        AssertVerdict(Twice(WasReset with { Phase = Phase.Handshake }, new(Failed, null, null)), Outcome.Failed, "network/connection_reset", null);
        AssertVerdict(Twice(Eof) with { ControlIsPending = true }, Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Closed);
    }

    [Fact]
    public void A_client_without_a_certificate_replaces_a_stranger_that_could_not_be_probed() =>
        AssertVerdict(Twice(Eof, new(Failed, UnknownCa, null)), Outcome.Unconfirmed, "application/closed", Evidence.Closed);

    [Fact]
    public void A_server_that_continues_when_alpn_is_offered_requires_alpn() =>
        AssertVerdict(Twice(Eof, new(Closed, Closed, Kept)), Outcome.Failed, "protocol/no_application_protocol", null);

    [Fact]
    public void Words_before_a_close_are_no_acceptance()
    {
        foreach (var version in new[] { "1.2", "1.3" })
        {
            var spoke = Seen(Eof with { AnswerBegun = true, Detail = "closed, after it had sent \"421 no\"" }) with { Tls = new TlsFacts(version, "", null), Tickets = 1, ClosedTwice = true };
            AssertVerdict(spoke, Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Closed);
            Assert.Contains("421 no", Verdict(spoke).Failure?.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Silence_to_the_end_is_acceptance_only_if_strangers_are_refused()
    {
        var silence = Seen(new FinalEvent(Phase.Confirm, FinalEventKind.Timeout, "silent")) with { Tickets = 1, Acknowledged = true };
        foreach (var strangers in new[] { UnknownCa, Closed, Reset })
            AssertVerdict(silence with { Control = new(strangers, null, null) }, Outcome.Accepted, null, Evidence.Control);
        foreach (var strangers in new[] { Kept, Failed })
            AssertVerdict(silence with { Control = new(strangers, null, null) }, Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Silence);
        AssertVerdict(silence, Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Silence);
        AssertVerdict(Seen(new FinalEvent(Phase.Confirm, FinalEventKind.TalksOn, "")), Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Silence);
        AssertVerdict(Seen(new FinalEvent(Phase.Application, FinalEventKind.Timeout, "")) with { Control = new(UnknownCa, null, null) }, Outcome.Unconfirmed, null, Evidence.Silence);
    }

    [Fact]
    public void A_server_that_continues_with_strangers_a_moment_later_may_have_been_away()
    {
        foreach (var ending in new[] { Eof, CloseNotify, WasReset, Eof with { Phase = Phase.Handshake } })
            AssertVerdict(Twice(ending, new(Kept, UnknownCa, null)), Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Closed);
        AssertVerdict(Twice(WasReset with { Phase = Phase.Handshake }, new(Kept, null, null)), Outcome.Failed, "network/connection_reset", null);
    }

    [Fact]
    public void A_late_close_is_no_acceptance_whatever_strangers_meet()
    {
        var late = Seen(new FinalEvent(Phase.Confirm, FinalEventKind.CloseAnswered, "closed")) with { Unsure = true };
        AssertVerdict(late with { Control = new(UnknownCa, null, null) }, Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Closed);
        AssertVerdict(late, Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Closed);
    }

    [Fact]
    public void Silence_is_no_acceptance_by_a_server_that_may_not_have_checked_or_may_be_gone()
    {
        var silence = Seen(new FinalEvent(Phase.Confirm, FinalEventKind.Timeout, "silent")) with { Control = new(UnknownCa, null, null), Acknowledged = true };
        AssertVerdict(silence, Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Silence);
        AssertVerdict(silence with { Tickets = 1, Acknowledged = false }, Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Silence);
        AssertVerdict(silence with { Tickets = 1 }, Outcome.Accepted, null, Evidence.Control);
        AssertVerdict(silence with { Tls = new TlsFacts("1.2", "", null) }, Outcome.Accepted, null, Evidence.Control);
    }

    [Fact]
    public void A_reset_after_our_close_is_no_acceptance_whatever_strangers_meet()
    {
        foreach (var unsure in new[] { true, false })
        {
            var reset = Seen(new FinalEvent(Phase.Confirm, FinalEventKind.CloseAnswered, "reset") { SocketError = SocketError.ConnectionReset }) with { Unsure = unsure };
            AssertVerdict(reset with { Control = new(UnknownCa, null, null) }, Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Closed);
            AssertVerdict(reset, Outcome.Unconfirmed, "protocol/no_confirmation", Evidence.Closed);
        }

        var unasked = Seen(new FinalEvent(Phase.Confirm, FinalEventKind.CloseAnswered, "reset") { SocketError = SocketError.ConnectionReset }, asked: false, answered: false);
        AssertVerdict(unasked, Outcome.Accepted, null, Evidence.CloseNotify); // a server that does not ask refuses no one
    }

    [Fact]
    public void Gnutls_answers_an_empty_certificate_with_decode_error_and_means_that_one_is_required()
    {
        var alert = Seen(new FinalEvent(Phase.Handshake, FinalEventKind.Alert, "") { Alert = new Alert(50) });
        AssertVerdict(alert, Outcome.Rejected, "client_certificate/certificate_required", Evidence.Alert);
        var shown = alert with { ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = TestPki.Root("a").Certificate } };
        AssertVerdict(shown, Outcome.Failed, "protocol/tls_error", null);
        AssertVerdict(Seen(alert.FinalEvent, asked: false, answered: false), Outcome.Failed, "protocol/tls_error", null);
    }

    private static void AssertVerdict(Observation seen, Outcome outcome, string? failure, Evidence? evidence)
    {
        var result = Verdict(seen);
        var found = result.Failure is { Reason: var reason } ? $"{reason.Class.Label()}/{reason.Label}" : null;
        Assert.Equal((outcome, failure ?? found, evidence), (result.Outcome, found, result.Evidence));
    }

    private static ProbeResult Verdict(Observation seen)
    {
        var target = new Target { Name = "t", Address = new HostPort("127.0.0.1", 1), ServerName = "server.test", Protocol = new Https() };
        return Judge.Result(ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).First(), seen, Pins.None);
    }

    private static Observation Relayed(Observation seen) => seen with { Way = new WayFacts("http://proxy:3128", null, null, null) };

    private static Observation Twice(FinalEvent ending, ControlFacts? control = null) => Seen(ending) with { ClosedTwice = true, Control = control };

    private static Observation Seen(FinalEvent ending, bool asked = true, bool answered = true) => new()
    {
        At = TestPki.Now,
        FinalEvent = ending,
        Tls = new TlsFacts("1.3", "TLS_AES_256_GCM_SHA384", null),
        ClientCertificate = new ClientCertificateFacts { Requested = asked },
        CertificateAnswered = answered,
        Chain = new ChainVerdict(),
        Timings = new Timings { Total = 1 },
    };
}
