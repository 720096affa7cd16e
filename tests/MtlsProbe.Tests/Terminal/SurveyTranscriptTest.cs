using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Terminal;

namespace MtlsProbe.Tests.Terminal;

/// <summary>The text about many handshakes.</summary>
public class SurveyTranscriptTest
{
    [Fact]
    public void One_result_reads_as_its_diagnosis() => Assert.Equal(Sample.Transcript(Sample.Accepted), Transcript(Sample.Accepted));

    [Fact]
    public void A_few_results_are_all_shown_in_full_and_replicas_that_agree_take_one_line()
    {
        var second = At("10.0.0.8:8443", Sample.Accepted);

        var transcript = Transcript(Sample.Accepted, second);

        Assert.Equal(Sample.Transcript(Sample.Accepted) + "\n" + Sample.Transcript(second) + "\nAll 2 addresses agree.\n", transcript);
    }

    [Fact]
    public void Addresses_that_are_not_probed_are_counted_and_the_text_does_not_claim_all()
    {
        var (one, second) = (Sample.Accepted with { AddressesLeftOut = 1 }, At("10.0.0.8:8443", Sample.Accepted) with { AddressesLeftOut = 1 });
        var differs = At("10.0.0.8:8443", Sample.RefusedNext with { Slot = Slot.Current }) with { AddressesLeftOut = 2 };

        Assert.EndsWith("\nThe 2 probed addresses agree.\n\n1 more address is not probed (max_addresses).\n", Transcript(one, second));
        Assert.Equal(Sample.Transcript(Sample.Accepted) + "\n1 more address is not probed (max_addresses).\n", Transcript(one));
        Assert.Contains("\nHow the 2 probed addresses of payments differ\n", Transcript(one, differs));
        Assert.EndsWith("\n\n2 more addresses are not probed (max_addresses).\n", Transcript(one, differs));
    }

    [Fact]
    public void Targets_are_separate_and_not_compared_with_each_other()
    {
        var other = Sample.Accepted with { Target = "orders", ServerCertificates = [Sample.Root] };

        Assert.Equal(Sample.Transcript(Sample.Accepted) + "\n" + Sample.Transcript(other), Transcript(Sample.Accepted, other));
    }

    [Fact]
    public void Many_results_are_a_line_each_except_failures_and_replicas_that_differ_are_named()
    {
        var old = Sample.Named("CN=payments.internal", "CN=Issuing CA 1, O=Acme", "01dd", days: 1);
        var refused = At("10.0.0.8:8443", Sample.RefusedNext);
        var letIn = At("10.0.0.9:8443", Sample.LetIn) with { ServerCertificates = [old, Sample.Issuing] };

        var transcript = Transcript(
            At("10.0.0.7:8443", Sample.Accepted), At("10.0.0.7:8443", Sample.Accepted with { Slot = Slot.Next }), At("10.0.0.7:8443", Sample.KeptOut),
            At("10.0.0.8:8443", Sample.Accepted), refused, At("10.0.0.8:8443", Sample.KeptOut),
            At("10.0.0.9:8443", Sample.Accepted with { ServerCertificates = [old] }), At("10.0.0.9:8443", Sample.Accepted with { ServerCertificates = [old], Slot = Slot.Next }), letIn);

        Assert.Equal(
            Sample.Transcript(refused) + "\n" + Sample.Transcript(letIn) +
            """

            payments: 7 of 9 handshakes were as expected

               ADDRESS        IDENTITY               OUTCOME   SHOWN BY     SERVER'S SERIAL
            ✔  10.0.0.7:8443  checkout (current)     accepted  http_status  4e1f00d2
            ✔  10.0.0.7:8443  checkout (next)        accepted  http_status  4e1f00d2
            ✔  10.0.0.7:8443  none, must be refused  rejected  alert        4e1f00d2
            ✔  10.0.0.8:8443  checkout (current)     accepted  http_status  4e1f00d2
            ✔  10.0.0.8:8443  none, must be refused  rejected  alert        4e1f00d2
            ✔  10.0.0.9:8443  checkout (current)     accepted  http_status  01dd
            ✔  10.0.0.9:8443  checkout (next)        accepted  http_status  01dd

            How the 3 addresses of payments differ
              leaf certificate
                · serial 4e1f00d2, until 2026-12-31 18:00Z: 10.0.0.7:8443, 10.0.0.8:8443
                · serial 01dd, until 2026-11-21 18:00Z: 10.0.0.9:8443
              checkout (next)
                ✔ accepted: 10.0.0.7:8443, 10.0.0.9:8443
                ✘ rejected, unknown_ca: 10.0.0.8:8443
              none, must be refused
                ✔ refused: 10.0.0.7:8443, 10.0.0.8:8443
                ✘ let in: 10.0.0.9:8443

            """,
            transcript);
    }

    [Fact]
    public void A_hundred_dead_replicas_are_ten_diagnoses_and_a_table()
    {
        var down = Sample.Failed(Phase.Connect, Reasons.ConnectionRefused, "10.0.0.7:8443 refused the connection", new Timings { Connect = 0.0001, Total = 0.0001 });

        var transcript = Transcript([.. Enumerable.Range(0, 100).Select(number => At($"10.0.1.{number}:8443", down))]);

        Assert.Equal(10, transcript.Split("What to do").Length - 1);
        Assert.Contains("\npayments: 0 of 100 handshakes were as expected\n", transcript);
        Assert.Contains("\n✘  10.0.1.99:8443  checkout (current)  failed, connection_refused\n", transcript);
        Assert.EndsWith("\nAll 100 addresses agree.\n", transcript);
        Assert.True(transcript.Split('\n').Length < 400);
    }

    [Fact]
    public void Colour_does_not_move_the_columns()
    {
        ProbeResult[] results = [.. Enumerable.Range(0, 8).Select(number => At($"10.0.0.{number}:8443", number % 3 == 0 ? Sample.RefusedNext : Sample.Accepted))];
        using var output = new StringWriter { NewLine = "\n" };
        SurveyText.Write(results, new Pen(output, color: true), Sample.Now);

        Assert.Contains("\u001b[32m✔\u001b[0m  10.0.0.1:8443", output.ToString());
        Assert.Equal(Transcript(results), System.Text.RegularExpressions.Regex.Replace(output.ToString(), "\u001b\\[[0-9]*m", ""));
    }

    [Theory]
    [InlineData(Identity.None, "a client without a certificate")]
    [InlineData("legacy", "identity legacy")]
    public void The_headline_says_which_client_must_be_refused_and_whether_it_was(string identity, string client)
    {
        var down = Sample.Failed(Phase.Connect, Reasons.ConnectionRefused, "", new Timings { Total = 0 }) with { Expect = Expectation.Reject };

        Assert.StartsWith($"✔ KEPT OUT  payments (payments.internal:8443): the server refuses {client}, as required\n", Transcript(Sample.KeptOut with { Identity = identity }));
        Assert.StartsWith($"✘ LET IN  payments (payments.internal:8443): the server let in {client}, which it must refuse\n", Transcript(Sample.LetIn with { Identity = identity }));
        Assert.StartsWith(
            $"✘ FAILED  payments (payments.internal:8443): nothing listens on this port; it is not known whether it refuses {client}, as required\n",
            Transcript(down with { Identity = identity }));
        Assert.Contains(", which the server must refuse\n  connected", Transcript(Sample.KeptOut with { Identity = identity }));
    }

    [Fact]
    public void The_headline_says_that_the_next_credential_was_presented()
    {
        Assert.StartsWith("✘ REJECTED  payments (payments.internal:8443), next credential: the server does not know the authority", Transcript(Sample.RefusedNext));
        Assert.StartsWith("✔ ACCEPTED  payments (payments.internal:8443), next credential: the server accepts our certificate\n", Transcript(Sample.Accepted with { Slot = Slot.Next }));
    }

    [Fact]
    public void An_unexpected_certificate_is_marked_in_the_chain_and_the_text_names_no_lack_of_trust()
    {
        var transcript = Transcript(Sample.Accepted with
        {
            Success = false,
            Failure = new Failure(Phase.Handshake, Reasons.NotExpected, null,
                "the server presents the certificate with serial 4e1f00d2; the expected serial is 77, in certs/payments.crt since 2026-11-20 12:00:00Z"),
            Expected = new ExpectedCertificateFacts(false, true),
        });

        Assert.StartsWith("✘ WRONG CERTIFICATE  payments (payments.internal:8443): the server does not serve the expected certificate\n", transcript);
        Assert.Contains("\n  ✘ handshake        4.2 ms   not_expected\n  · confirm      not needed   the answer decides\n", transcript);
        Assert.Contains("What the server presented: a chain we trust\n", transcript);
        Assert.Contains("  │  names  payments.internal, payments, 10.0.0.7\n  │  ✘ not the expected certificate\n  │  ✔ issued by the expected issuer\n", transcript);
        Assert.Contains("  result     accepted: the server accepts us, but serves a certificate other than the expected one\n", transcript);
        Assert.Contains("since 2026-11-20 12:00:00Z\n", transcript);
    }

    [Fact]
    public void Replicas_that_alternate_are_listed_with_their_shares_and_a_rotation_with_the_serial_before()
    {
        var (a, b) = (Sample.Leaf, Sample.Named("CN=payments.internal", "CN=Issuing CA 1, O=Acme", "01dd", days: 1));

        Assert.Contains(
            "\n  · replicas behind this address present different certificates in turn: serial 4e1f00d2 (75 %),\n"
            + "    serial 01dd (25 %), of the last 4 handshakes\n", Transcript(Sample.Accepted with { Leaves = Seen(a, b, a, a) }));
        Assert.Contains("\n  · replaced serial 01dd at 2026-11-20 18:01:00Z\n", Transcript(Sample.Accepted with { Leaves = Seen(b, a) }));
        Assert.Equal(Transcript(Sample.Accepted), Transcript(Sample.Accepted with { Leaves = Seen(a, a) }));

        static LeafHistory Seen(params Certificate[] leaves) =>
            leaves.Select((leaf, i) => (leaf, i)).Aggregate(LeafHistory.Empty, (history, seen) => history.With(seen.leaf, Sample.Now.AddMinutes(seen.i)));
    }

    private static ProbeResult At(string address, ProbeResult result) => result with { Address = address };

    [Fact]
    public void A_wrong_name_is_not_called_a_fault_of_the_chain() => Assert.Contains(
        "\nWhat the server presented: a certificate that is not valid for this name (name_mismatch)\n",
        Transcript(Sample.Distrusted([Sample.Leaf], [Sample.Leaf], new ChainFault(Reasons.NameMismatch, Sample.Leaf.Subject, "\"pay.example\" is not among its names"))));

    private static string Transcript(params ProbeResult[] results)
    {
        using var output = new StringWriter { NewLine = "\n" };
        SurveyText.Write(results, new Pen(output, color: false), Sample.Now);
        return output.ToString();
    }
}
