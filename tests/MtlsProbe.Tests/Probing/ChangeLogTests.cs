using Microsoft.Extensions.Logging;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

public class ChangeLogTests
{
    private static readonly ProbeJob Job = Jobs.Job("payments");
    private static readonly DateTimeOffset At = new(2026, 11, 20, 18, 0, 0, TimeSpan.Zero);
    private static readonly ProbeResult Good = Jobs.Accepted(Job, At);
    private static readonly ProbeResult Refused = Jobs.Refused(Job, At, detail: "it expired at noon");
    private static readonly ProbeResult Unreached = Jobs.Unreached(Job, At);

    private readonly RecordingLogger<ChangeLog> _log = new();
    private readonly ResultStore _store = new();

    public ChangeLogTests() => _store.Apply([Job]);

    [Fact]
    public void The_first_result_is_logged_good_or_bad()
    {
        Assert.Equal(
            (LogLevel.Information, "payments works at payments.test:443 with identity checkout: accepted, shown by close_notify."), Only(Record(Good)));
        _store.Apply([]);
        _store.Apply([Job]);
        Assert.Equal(
            (LogLevel.Warning, "payments fails at payments.test:443 with identity checkout: rejected, client_certificate certificate_expired, "
                + "alert certificate_expired (45): the server refused the client certificate as expired or not yet valid; it expired at noon. Hint: "
                + Reasons.CertificateExpired.Hint),
            Only(Record(Refused)));
    }

    [Fact]
    public void Each_change_of_state_is_one_line_and_an_unchanged_state_is_none()
    {
        var lines = Record(Good, Good, Refused, Refused, Unreached, Unreached, Good, Good);
        Assert.Equal(
            [
                (LogLevel.Information, "works"), (LogLevel.Warning, "fails now"), (LogLevel.Warning, "fails for another reason"),
                (LogLevel.Information, "works again"),
            ],
            lines.Select(line => (line.Level, (string)line.Fields["Change"]!)));
        Assert.EndsWith("Before: client_certificate certificate_expired, alert certificate_expired (45).", lines[2].Text, StringComparison.Ordinal);
        Assert.EndsWith("Before: network connection_refused.", lines[3].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_alert_or_another_outcome_is_another_reason()
    {
        var lines = Record(
            Jobs.Refused(Job, At, Reasons.BadCertificate, 42),
            Jobs.Refused(Job, At, Reasons.BadCertificate, 40),
            Jobs.Refused(Job, At, Reasons.BadCertificate, 40) with { Outcome = Outcome.Failed });
        Assert.Equal(["fails", "fails for another reason", "fails for another reason"], lines.Select(line => line.Fields["Change"]));
    }

    [Fact]
    public void Routine_results_are_at_debug()
    {
        foreach (var result in (ProbeResult[])[Good, Good, Refused, Refused]) Write(result);
        Assert.Equal(
            [LogLevel.Information, LogLevel.Debug, LogLevel.Warning, LogLevel.Debug], _log.Take().Select(line => line.Level));
    }

    [Fact]
    public void Another_leaf_of_the_server_is_logged_with_both_serials()
    {
        var root = TestPki.Root("Root");
        var (first, second) = (root.Leaf("payments.test").Certificate, root.Leaf("payments.test").Certificate);
        var line = Record(Good with { ServerCertificates = [first] }, Good with { ServerCertificates = [second] })[^1];
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.Contains("serves another certificate", line.Text, StringComparison.Ordinal);
        Assert.Contains(first.Serial, line.Text, StringComparison.Ordinal);
        Assert.Equal(second.Serial, line.Fields["Serial"]);
        Assert.Equal("server", line.Fields["Side"]);
    }

    [Fact]
    public void A_server_that_must_refuse_is_logged_as_refusing_accepting_or_unknown()
    {
        var job = new ProbeJob(Job.Key with { Identity = "legacy", Expect = Expectation.Reject }, Job.Target);
        _store.Apply([Job, job]);
        var refused = Jobs.Accepted(job, At) with { Outcome = Outcome.Rejected, Evidence = Evidence.Alert };
        var letIn = refused with
        {
            Outcome = Outcome.Accepted,
            Success = false,
            Failure = new Failure(Phase.Confirm, Reasons.NotRefused, null, "the server asked for a client certificate and let us in"),
        };
        var unknown = Jobs.Unreached(job, At);
        var missing = unknown with { Failure = new Failure(Phase.Identity, Reasons.NotFound, null, "legacy.crt does not exist") };

        var lines = RecordOf(job, refused, refused, letIn, letIn, unknown, unknown, missing, letIn, refused);

        Assert.Equal(
            [
                (LogLevel.Information, "refuses, as required,"), (LogLevel.Warning, "now lets in what it must refuse"),
                (LogLevel.Warning, "does not show whether it refuses, for another reason"),
                (LogLevel.Warning, "now lets in what it must refuse"), (LogLevel.Information, "now refuses, as required,"),
            ],
            lines.Select(line => (line.Level, (string)line.Fields["Change"]!)));
        Assert.Equal("payments refuses, as required, at payments.test:443 with identity legacy: rejected, shown by alert.", lines[0].Text);
        Assert.StartsWith(
            "payments now lets in what it must refuse at payments.test:443 with identity legacy: accepted, enforcement not_refused: the server let in a credential that it must refuse",
            lines[1].Text, StringComparison.Ordinal);
        Assert.EndsWith("Before: enforcement not_refused.", lines[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_says_when_a_server_stops_asking_for_a_certificate_and_when_it_asks_again()
    {
        var asked = Good with { ClientCertificate = new() { Requested = true } };
        var open = Good with
        {
            ClientCertificate = new() { Requested = false }, Success = false, Failure = new Failure(Phase.Confirm, Reasons.NotRequested, null, ""),
        };
        Assert.Equal(
            [
                (LogLevel.Information, "works"), (LogLevel.Warning, "no longer asks for a client certificate"),
                (LogLevel.Information, "asks for our certificate again"), (LogLevel.Warning, "fails now"), (LogLevel.Warning, "asks for no client certificate"),
            ],
            Record(asked, open, open, asked, Unreached, open).Select(line => (line.Level, (string)line.Fields["Change"]!)));
    }

    [Theory]
    [InlineData("network", LogLevel.Debug)]
    [InlineData("identity", LogLevel.Warning)]
    public void An_unreachable_server_is_logged_once_and_not_for_each_credential_that_it_must_refuse(string failure, LogLevel level)
    {
        var job = new ProbeJob(Job.Key with { Identity = "legacy", Expect = Expectation.Reject }, Job.Target);
        _store.Apply([job]);
        var missing = Jobs.Unreached(job, At) with { Failure = new Failure(Phase.Identity, Reasons.NotFound, null, "legacy.crt does not exist") };
        new ChangeLog(_log).Write(_store.Record(job, failure == "network" ? Jobs.Unreached(job, At) : missing)!);

        var line = Assert.Single(_log.Take());

        Assert.Equal((level, "does not show whether it refuses"), (line.Level, line.Fields["Change"]));
    }

    [Fact]
    public void The_first_result_of_a_server_that_accepts_what_it_must_refuse_is_a_warning()
    {
        var job = new ProbeJob(Job.Key with { Identity = Identity.None, Expect = Expectation.Reject }, Job.Target);
        _store.Apply([job]);
        var letIn = Jobs.Accepted(job, At) with { Success = false, Failure = new Failure(Phase.Confirm, Reasons.NotRefused, null, "") };

        var line = Assert.Single(RecordOf(job, letIn));

        Assert.Equal((LogLevel.Warning, "lets in what it must refuse"), (line.Level, line.Fields["Change"]));
    }

    [Fact]
    public void The_next_credential_is_logged_as_such()
    {
        var job = new ProbeJob(Job.Key with { Slot = Slot.Next }, Job.Target);
        _store.Apply([Job, job]);

        var line = Assert.Single(RecordOf(job, Jobs.Accepted(job, At)));

        Assert.Equal("payments works at payments.test:443 with identity checkout (next): accepted, shown by close_notify.", line.Text);
        Assert.Equal(("checkout", "next"), (line.Fields["Identity"], line.Fields["Slot"]));
    }

    [Fact]
    public void A_certificate_that_is_not_the_expected_one_is_a_warning_until_it_is_served()
    {
        var lines = Record(Good, Unexpected(Good), Unexpected(Good), Good, Refused, Unexpected(Good));

        Assert.Equal(
            [
                (LogLevel.Information, "works"), (LogLevel.Warning, "serves an unexpected certificate"), (LogLevel.Information, "serves the expected certificate now"),
                (LogLevel.Warning, "fails now"), (LogLevel.Warning, "serves an unexpected certificate"),
            ],
            lines.Select(line => (line.Level, (string)line.Fields["Change"]!)));
        Assert.StartsWith(
            "payments serves an unexpected certificate at payments.test:443 with identity checkout: accepted, server_certificate not_expected: "
            + "the server does not serve the expected certificate; the expected serial is 77.", lines[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Replicas_that_alternate_behind_one_address_are_logged_once_and_when_they_agree_again()
    {
        var root = TestPki.Root("Root");
        var (a, b) = (Serving(root), Serving(root));
        ProbeResult[] turns = [a, Unexpected(b), a, Unexpected(b), a, Unexpected(b), a];

        var lines = Record(turns);

        Assert.Equal(
            [
                (LogLevel.Information, "works"), (LogLevel.Information, "serves another certificate"), (LogLevel.Warning, "serves an unexpected certificate"),
                (LogLevel.Warning, "serves several certificates in turn"),
            ],
            lines.Select(line => (line.Level, (string)line.Fields["Change"]!)));
        var (serialOfA, serialOfB) = (a.ServerCertificates[0].Serial, b.ServerCertificates[0].Serial);
        Assert.EndsWith(
            $": serial {serialOfA} (67 %), serial {serialOfB} (33 %), of the last 3 handshakes. Hint: replicas behind this address disagree; addresses: all probes each of them.",
            lines[^1].Text, StringComparison.Ordinal);

        lines = Record(Enumerable.Repeat(Unexpected(b), LeafHistory.Window + 1));
        var line = Assert.Single(lines);
        Assert.Equal((LogLevel.Warning, "serves one certificate again"), (line.Level, line.Fields["Change"]));
        Assert.EndsWith($"serial {serialOfB}, not the expected one.", line.Text, StringComparison.Ordinal);

        static ProbeResult Serving(TestCertificate root) => Good with
        {
            ServerCertificates = [root.Leaf("payments.test").Certificate],
            Expected = new ExpectedCertificateFacts(true, null),
        };
    }

    [Fact]
    public void Values_for_machines_are_fields()
    {
        var root = TestPki.Root("Root");
        var (server, client) = (root.Leaf("payments.test").Certificate, root.Client("checkout").Certificate);
        var seen = Refused with
        {
            ServerCertificates = [server],
            ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = client },
        };
        var fields = Assert.Single(Record(seen)).Fields;

        Assert.Equal("payments", fields["Target"]);
        Assert.Equal("payments.test:443", fields["Address"]);
        Assert.Equal("checkout", fields["Identity"]);
        Assert.Equal("current", fields["Slot"]);
        Assert.Equal("rejected", fields["Outcome"]);
        Assert.Equal("client_certificate", fields["Class"]);
        Assert.Equal("certificate_expired", fields["Reason"]);
        Assert.Equal("certificate_expired", fields["Alert"]);

        // The server refused our certificate, so that is the relevant one.
        Assert.Equal(("client", client.Serial, "CN=Root", client.NotAfter), (fields["Side"], fields["Serial"], fields["Issuer"], fields["Expiry"]));
    }

    [Fact]
    public void Without_a_certificate_its_fields_are_empty()
    {
        var fields = Assert.Single(Record(Unreached)).Fields;
        Assert.All((string[])["Side", "Serial", "Issuer", "Expiry", "Alert"], name => Assert.Null(fields[name]));
    }

    [Fact]
    public void Text_of_a_peer_neither_ends_the_line_nor_reaches_the_terminal_and_is_bounded()
    {
        var hostile = TestPki.Root("Evil\n2026 ERROR forged \u001b[31m").Leaf("payments.test").Certificate;
        var result = Jobs.Refused(Job, At, Reasons.Expired, detail: "first\r\nsecond \u001b[2J \u202e " + new string('x', 100_000)) with { ServerCertificates = [hostile] };
        var line = Assert.Single(Record(result));
        foreach (var text in (string[])[line.Text, (string)line.Fields["Issuer"]!])
        {
            Assert.DoesNotContain(text, char.IsControl);
            Assert.DoesNotContain('\u202e', text);
            Assert.True(text.Length < 2000, $"{text.Length} characters");
        }
    }

    private static (LogLevel Level, string Text) Only(IReadOnlyList<LogLine> lines)
    {
        var (level, text) = Assert.Single(lines);
        return (level, text);
    }

    /// <summary>The visible log lines for these results, one after another.</summary>
    private IReadOnlyList<LogLine> Record(params IEnumerable<ProbeResult> results)
    {
        foreach (var result in results) Write(result);
        return _log.TakeShown();
    }

    private IReadOnlyList<LogLine> RecordOf(ProbeJob job, params IEnumerable<ProbeResult> results)
    {
        foreach (var result in results) new ChangeLog(_log).Write(_store.Record(job, result)!);
        return _log.TakeShown();
    }

    private void Write(ProbeResult result) => new ChangeLog(_log).Write(_store.Record(Job, result)!);

    private static ProbeResult Unexpected(ProbeResult result) => result with
    {
        Success = false,
        Failure = new Failure(Phase.Handshake, Reasons.NotExpected, null, "the expected serial is 77"),
        Expected = new ExpectedCertificateFacts(false, null),
    };
}
