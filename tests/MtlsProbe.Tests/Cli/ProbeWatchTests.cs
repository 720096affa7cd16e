using MtlsProbe.Cli;
using MtlsProbe.Model;
using MtlsProbe.Tests.Terminal;

namespace MtlsProbe.Tests.Cli;

/// <summary>The rounds of probe --watch: unchanged handshakes get no line.</summary>
public class ProbeWatchTests
{
    private static readonly ProbeResult Good = Sample.Accepted;

    private static readonly ProbeResult Refused = Good with
    {
        Outcome = Outcome.Rejected, Success = false, Failure = new Failure(Phase.Confirm, Reasons.UnknownCa, new Alert(48), "the server sent the alert unknown_ca (48)"),
    };

    [Fact]
    public void A_verdict_that_changes_is_a_line_with_what_it_was() =>
        Assert.Equal("2026-11-20 17:59:59Z  ✘ REJECTED, unknown_ca  payments (payments.internal:8443), checkout (current): was ACCEPTED\n", Told([Good], [Refused]));

    [Fact]
    public void Another_reason_of_the_same_verdict_is_a_line() => Assert.EndsWith(
        "REJECTED, certificate_expired  payments (payments.internal:8443), checkout (current): was unknown_ca\n",
        Told([Refused], [Refused with { Failure = Refused.Failure! with { Reason = Reasons.CertificateExpired } }]));

    [Fact]
    public void A_renewed_certificate_of_the_server_is_a_line() => Assert.EndsWith(
        "✔ ACCEPTED  payments (payments.internal:8443), checkout (current): the server's certificate changed from serial 4e1f00d2 to 01dd\n",
        Told([Good], [Good with { ServerCertificates = [Sample.Named("CN=payments.internal", "CN=Issuing CA 1, O=Acme", "01dd", days: 90)] }]));

    [Fact]
    public void An_address_that_comes_or_goes_is_a_line()
    {
        var second = Good with { Address = "10.0.0.8:8443" };

        Assert.EndsWith("ACCEPTED  payments (10.0.0.8:8443), checkout (current): new\n", Told([Good], [Good, second]));
        Assert.EndsWith("GONE  payments (10.0.0.8:8443), checkout (current)\n", Told([Good, second], [Good]));
    }

    [Fact]
    public void Unchanged_facts_are_not_reported() => Assert.Equal("", Told([Good, Refused], [Good, Refused], [Good, Refused]));

    [Fact]
    public void On_a_terminal_the_rounds_are_counted_and_the_line_is_erased()
    {
        using var error = new StringWriter();
        var watch = new ProbeWatch(Surroundings(TextWriter.Null, error));

        watch.Tell([Good]);
        watch.Tell([Refused]);
        watch.Clear();

        Assert.Equal(
            "\rround 1 at 2026-11-20 18:00:00Z: 1 of 1 as expected; Ctrl-C stops\r\u001b[K\rround 2 at 2026-11-20 18:00:00Z: 0 of 1 as expected; Ctrl-C stops\r\u001b[K",
            error.ToString());
    }

    private static string Told(params ProbeResult[][] rounds)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var watch = new ProbeWatch(Surroundings(output, TextWriter.Null));
        foreach (var round in rounds) watch.Tell(round);
        return output.ToString();
    }

    private static Surroundings Surroundings(TextWriter output, TextWriter error) => new()
    {
        Output = output, Error = error, Time = new ManualTime(Sample.Now), Environment = _ => null, ErrorIsTerminal = true,
    };
}
