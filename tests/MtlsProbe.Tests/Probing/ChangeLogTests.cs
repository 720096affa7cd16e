using Microsoft.Extensions.Logging;
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
    public void The_first_result_is_told_good_or_bad()
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
    public void Each_change_of_state_is_one_line_and_what_stays_the_same_is_none()
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
    public void Another_leaf_of_the_server_is_told_with_both_serials()
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
    public void What_machines_look_for_goes_as_fields()
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

        // The server refused our certificate: it is the one to look at.
        Assert.Equal(("client", client.Serial, "CN=Root", client.NotAfter), (fields["Side"], fields["Serial"], fields["Issuer"], fields["Expiry"]));
    }

    [Fact]
    public void Without_a_certificate_its_fields_are_empty()
    {
        var fields = Assert.Single(Record(Unreached)).Fields;
        Assert.All((string[])["Side", "Serial", "Issuer", "Expiry", "Alert"], name => Assert.Null(fields[name]));
    }

    [Fact]
    public void Text_of_a_peer_neither_ends_the_line_nor_reaches_the_terminal_and_has_an_end()
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

    /// <summary>The lines that these results, one after the other, make people see.</summary>
    private IReadOnlyList<LogLine> Record(params IEnumerable<ProbeResult> results)
    {
        foreach (var result in results) Write(result);
        return _log.TakeShown();
    }

    private void Write(ProbeResult result) => new ChangeLog(_log).Write(_store.Record(Job, result)!);
}
