using MtlsProbe.Model;
using MtlsProbe.Rotation;
using static MtlsProbe.Tests.Trust.Judged;

namespace MtlsProbe.Tests.Terminal;

/// <summary>Dates that are not DER are malformed, by every clock and in every time zone (RFC 5280 §4.1.2.5).</summary>
public class ValidityTests
{
    private const string From = "G:20200101000000Z";
    private static readonly TestCertificate s_root = TestPki.Root("Root", t => t with { Dates = (From, "G:99991231235959Z") });

    [Theory]
    [InlineData("G:20900101000000+0130", "2089-12-31T22:30:00")]
    [InlineData("G:20900101000000-0130", "2090-01-01T01:30:00")]
    [InlineData("G:20900101000000.5Z", "2090-01-01T00:00:00")]
    [InlineData("G:20900101000000,25Z", "2090-01-01T00:00:00")]
    [InlineData("G:20900101000000", "2090-01-01T00:00:00")]
    [InlineData("G:20900101000000.5", "2090-01-01T00:00:00")]
    [InlineData("G:209001010000Z", "2090-01-01T00:00:00")]
    [InlineData("G:2090010100Z", "2090-01-01T00:00:00")]
    [InlineData("U:4901010000Z", "2049-01-01T00:00:00")]
    [InlineData("U:490101000000+0200", "2048-12-31T22:00:00")]
    [InlineData("U:490101000000", "2049-01-01T00:00:00")]
    public void An_end_that_is_not_DER_is_malformed_by_every_clock_and_is_shown_with_its_likely_meaning(string text, string shown)
    {
        var leaf = Leaf(From, text);
        foreach (var now in (DateTimeOffset[])[DateTimeOffset.Parse("2010-06-01Z", null), TestPki.Now, DateTimeOffset.Parse("2095-06-01Z", null)])
        {
            var faults = Verdict(leaf, now).Faults.Where(fault => fault.Error == Reasons.ConstraintViolated).ToList();
            Assert.Contains($"CN=a.test (serial {leaf.Certificate.Serial}) has a malformed validity: its notAfter is encoded as {text[2..]}", Assert.Single(faults).Detail, StringComparison.Ordinal);
            Assert.DoesNotContain(Reasons.Expired, Verdict(leaf, now).Errors);
        }

        Assert.Equal(shown, leaf.Certificate.NotAfter.UtcDateTime.ToString("s"));
    }

    [Fact]
    public void A_beginning_that_is_not_DER_is_malformed_too_and_a_past_end_is_still_reported()
    {
        AssertErrors(Verdict(Leaf("G:20200101000000+0000", "G:20900101000000Z"), TestPki.Now), Reasons.ConstraintViolated);
        AssertErrors(Verdict(Leaf("G:20980101000000+0000", "G:20990101000000Z"), TestPki.Now), Reasons.ConstraintViolated);
        AssertErrors(Verdict(Leaf("G:20200101000000+0000", "G:20210101000000Z"), TestPki.Now), Reasons.Expired, Reasons.ConstraintViolated);
    }

    [Fact]
    public void A_period_that_ends_before_it_begins_says_so_and_not_that_it_has_expired()
    {
        var leaf = Leaf("G:20300101000000Z", "G:20200101000000Z");
        var verdict = Verdict(leaf, TestPki.Now);
        AssertErrors(verdict, Reasons.ConstraintViolated);
        Assert.EndsWith("is valid at no time: its notBefore (2030-01-01T00:00:00Z) is later than its notAfter (2020-01-01T00:00:00Z)", verdict.Faults[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Valid_dates_have_no_such_fault()
    {
        Assert.True(Verdict(Leaf("U:200101000000Z", "G:20900101000000Z"), TestPki.Now).Valid);
        Assert.True(Verdict(Leaf(From, "U:490101000000Z"), TestPki.Now).Valid);
    }

    [Fact]
    public void An_issuer_with_malformed_dates_is_at_fault_as_well()
    {
        var issuer = s_root.Intermediate("Odd", t => t with { Dates = (From, "G:20900101000000.5Z") });
        var verdict = By(TestPki.Trust(s_root), [issuer.Leaf(Name), issuer]);
        AssertErrors(verdict, Reasons.ConstraintViolated);
        Assert.Equal("CN=Odd", verdict.Faults[0].Subject);
    }

    [Fact]
    public void A_time_without_an_end_is_shown_as_such()
    {
        var leaf = Leaf(From, "G:20900101000000." + new string('1', 100) + "Z");
        Assert.InRange(Verdict(leaf, TestPki.Now).Faults[0].Detail.Length, 100, 300);
    }

    [Fact]
    public void Before_a_rollout_malformed_dates_of_our_own_certificate_are_a_warning()
    {
        var client = s_root.Client("checkout", t => t with { Dates = (From, "G:20900101000000.5Z") }).Certificate;
        var warnings = CredentialWarnings.Of(new CredentialFacts([client], [], [], [TestPki.Trust(s_root)]), TestPki.Now, TimeSpan.FromDays(7));
        Assert.Contains(warnings, warning => warning.Code == "malformed_validity" && warning.Message.Contains("20900101000000.5Z", StringComparison.Ordinal));
    }

    private static TestCertificate Leaf(string notBefore, string notAfter) => s_root.Leaf(Name, t => t with { Dates = (notBefore, notAfter) });

    private static ChainVerdict Verdict(TestCertificate leaf, DateTimeOffset now) => By(TestPki.Trust(s_root), [leaf], now: now);
}
