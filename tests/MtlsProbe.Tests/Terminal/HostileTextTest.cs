using System.Text;
using MtlsProbe.Model;
using MtlsProbe.Terminal;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Terminal;

/// <summary>Names, details and lists from a peer that wants to deceive or flood the reader.</summary>
public class HostileTextTest
{
    [Theory]
    [InlineData("CN=\u001b[2Jgone", @"CN=\u{1b}[2Jgone")]
    [InlineData("CN=a\r\nACCEPTED", @"CN=a\u{d}\u{a}ACCEPTED")]
    [InlineData("CN=\u202elanretni", @"CN=\u{202e}lanretni")]
    [InlineData("CN=pay\u200bments", @"CN=pay\u{200b}ments")]
    [InlineData("CN=\u009b31m", @"CN=\u{9b}31m")]
    [InlineData("CN=\U000e0041", @"CN=\u{e0041}")]
    [InlineData("CN=Müller 株式会社 😀", "CN=Müller 株式会社 😀")]
    public void Text_that_moves_the_cursor_reverses_direction_or_hides_is_made_visible(string text, string visible) =>
        Assert.Equal(visible, VisibleText.Of(text, 100, ascii: false));

    [Fact]
    public void Half_a_surrogate_pair_is_escaped() => Assert.Equal(@"CN=\u{d83d}!", VisibleText.Of("CN=\ud83d!", 100, ascii: false));

    [Fact]
    public void Characters_outside_ascii_are_escaped_for_ascii() => Assert.Equal(@"CN=M\u{fc}ller", VisibleText.Of("CN=Müller", 100, ascii: true));

    [Fact]
    public void Long_text_is_cut_and_the_rest_counted() => Assert.Equal("aaaaa… (99,995 more characters)", VisibleText.Of(new string('a', 100_000), 5, ascii: false));

    [Fact]
    public void No_control_character_reaches_the_reader_from_any_field()
    {
        const string evil = "\u001b]0;owned\u0007\n\u202e";
        var certificate = Sample.Named($"CN={evil}", $"CN={evil}", $"{evil}", 5) with { DnsNames = [evil], Uris = [evil], Key = evil };
        var other = Sample.Named("CN=other", "CN=other", $"other{evil}", 5);
        var result = new ProbeResult
        {
            Target = evil,
            Address = evil,
            Remote = evil,
            Identity = evil,
            Slot = Slot.Current,
            Expect = Expectation.Accept,
            At = Sample.Now,
            Outcome = Outcome.Rejected,
            Success = false,
            Failure = new Failure(Phase.Confirm, Reasons.UnknownCa, new Alert(48), evil),
            Evidence = Evidence.Alert,
            Tls = new TlsFacts(evil, evil, evil),
            ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = certificate, AcceptableIssuers = [evil], IssuerAcceptable = false },
            ServerCertificates = [certificate, certificate with { Sha256 = "other" }],
            Chain = new ChainVerdict { Faults = [new ChainFault(Reasons.Expired, certificate.Subject, evil), new ChainFault(Reasons.Weak, evil, evil)], Notes = [evil], Ocsp = evil },
            Leaves = LeafHistory.Empty.With(certificate, Sample.Now).With(other, Sample.Now).With(certificate, Sample.Now),
            Timings = new Timings { Total = 1 },
        };
        using var output = new StringWriter { NewLine = "\n" };
        ProbeResult[] replicas = [result with { Success = true, Failure = null }, result with { Expect = Expectation.Reject }, result with { Address = $"2{evil}", ServerCertificates = [other] }];
        SurveyText.Write([result, .. replicas, .. replicas, .. replicas], new Pen(output, color: false), Sample.Now);
        var transcript = output.ToString();

        Assert.Contains("How the 2 addresses of", transcript);
        Assert.Contains("different certificates in turn", transcript);
        Assert.DoesNotContain(transcript, character => char.IsControl(character) && character != '\n');
        Assert.DoesNotContain('\u202e', transcript);
        Assert.All(transcript.Split('\n'), line => Assert.False(line.StartsWith("owned", StringComparison.Ordinal)));
    }

    [Fact]
    public void Five_thousand_issuers_take_a_dozen_lines_and_ours_is_among_those_shown()
    {
        var result = Sample.Accepted with
        {
            ClientCertificate = Sample.Accepted.ClientCertificate! with
            {
                AcceptableIssuers = Enumerable.Range(0, 5000).Select(number => $"CN=Authority {number}").Append("CN=Clients CA").ToValueList(),
            },
        };

        var transcript = Sample.Transcript(result);

        Assert.Contains("from one of 5,001 issuers; our chain leads to one of them", transcript);
        Assert.Contains("✔ CN=Clients CA", transcript);
        Assert.Contains("      and 4,991 more", transcript);
        Assert.True(transcript.Split('\n').Length < 60);
    }

    [Fact]
    public void A_thousand_certificates_names_faults_and_notes_stay_within_two_screens()
    {
        var many = Enumerable.Range(0, 1000).Select(number => Sample.Named($"CN={number}", $"CN={number + 1}", "1", 5)).ToValueList();
        var leaf = many[0] with { DnsNames = Enumerable.Range(0, 1000).Select(number => $"host{number}.example").ToValueList() };
        var transcript = Sample.Transcript(Sample.Accepted with
        {
            ServerCertificates = many,
            Chain = new ChainVerdict
            {
                Path = [leaf, .. many.Skip(1).Take(500)],
                Faults = Enumerable.Range(0, 1000).Select(number => new ChainFault(Reasons.Expired, $"CN={number}", "old")).ToValueList(),
                Notes = Enumerable.Range(0, 1000).Select(number => $"note {number}").ToValueList(),
            },
        });

        Assert.Contains("and 992 more", transcript); // names
        Assert.Contains("and 491 more", transcript); // path
        Assert.True(transcript.Split('\n').Length < 150, transcript);
    }

    [Fact]
    public void An_ascii_terminal_gets_ascii_only()
    {
        using var bytes = new MemoryStream();
        using (var output = new StreamWriter(bytes, Encoding.ASCII))
            DiagnosisText.Write(Sample.Accepted with { Target = "zahlungen-münchen" }, output, color: false, Sample.Now);

        var transcript = Encoding.ASCII.GetString(bytes.ToArray());

        Assert.Contains(@"+ ACCEPTED  zahlungen-m\u{fc}nchen (payments.internal:8443)", transcript);
        Assert.Contains("`- CN=Issuing CA 1, O=Acme", transcript);
        Assert.DoesNotContain('?', transcript); // the encoder's replacement for unknown characters
    }

    [Fact]
    public void Colour_adds_escape_sequences_and_nothing_else()
    {
        using var output = new StringWriter { NewLine = "\n" };
        DiagnosisText.Write(Sample.Accepted, output, color: true, Sample.Now);

        var colored = output.ToString();

        Assert.Contains("\u001b[32m✔\u001b[0m", colored);
        Assert.Equal(Sample.Transcript(Sample.Accepted), System.Text.RegularExpressions.Regex.Replace(colored, "\u001b\\[[0-9]*m", ""));
    }
}
