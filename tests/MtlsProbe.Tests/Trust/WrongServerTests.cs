using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;

namespace MtlsProbe.Tests.Trust;

/// <summary>Whether a server is the intended one, if it is identified by its SPIFFE ID.</summary>
public class WrongServerTests
{
    private const string Name = "payments.test";

    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly ServerIdentity s_payments = Ids("spiffe://prod.test/payments");

    [Fact]
    public void The_ID_is_enough_if_no_name_is_configured()
    {
        var chain = Judge(new(null, s_payments), t => t with { Subject = "", Dns = [], Uris = ["spiffe://prod.test/payments"] });

        Judged.AssertErrors(chain);
        Assert.Equal(("spiffe://prod.test/payments", true), (chain.SpiffeId, chain.SpiffeIdExpected));
    }

    [Fact]
    public void One_of_several_or_any_of_a_trust_domain_is_enough()
    {
        Judged.AssertErrors(Judge(new(null, Ids("spiffe://prod.test/orders", "spiffe://prod.test/payments")), With("spiffe://prod.test/payments")));
        Judged.AssertErrors(Judge(new(null, ServerIdentity.Of("prod.test")), With("spiffe://prod.test/payments")));
    }

    [Theory]
    [InlineData("spiffe://prod.test/orders", "spiffe://prod.test/payments")]
    [InlineData("spiffe://prod.test/Payments", "spiffe://prod.test/payments")]
    [InlineData("spiffe://prod.test/payments/canary", "spiffe://prod.test/payments")]
    public void Another_ID_of_the_trust_domain_is_reported_with_the_expected_one(string there, string wanted)
    {
        var fault = Assert.Single(Judge(new(null, Ids(wanted)), With(there)).Faults);

        Assert.Equal((Reasons.IdMismatch, Reasons.IdMismatch.Hint), (fault.Error, fault.Hint));
        Assert.EndsWith($" has the ID {there}; expected: {wanted}", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_trust_domain_has_its_own_hint_and_a_suffix_of_its_name_is_not_that_domain()
    {
        var fault = Assert.Single(Judge(new(null, s_payments), With("spiffe://dev.test/payments")).Faults);
        Assert.Contains("The server belongs to another trust domain.", fault.Hint, StringComparison.Ordinal);

        fault = Assert.Single(Judge(new(null, ServerIdentity.Of("prod.test")), With("spiffe://not-prod.test/payments")).Faults);
        Assert.EndsWith("has the ID spiffe://not-prod.test/payments; expected: an ID of the trust domain prod.test", fault.Detail, StringComparison.Ordinal);
        Judged.AssertErrors(Judge(new(null, ServerIdentity.Of("prod.test")), With("spiffe://x.prod.test/payments")), Reasons.IdMismatch);
    }

    [Fact]
    public void A_certificate_without_an_ID_and_one_with_two_are_distinguished()
    {
        var without = Judge(new(null, s_payments));
        var fault = Assert.Single(without.Faults);
        Assert.Equal((null, false), (without.SpiffeId, without.SpiffeIdExpected));
        Assert.EndsWith("has no URI among its subject alternative names; expected: spiffe://prod.test/payments", fault.Detail, StringComparison.Ordinal);
        Assert.Contains("presents no X509-SVID", fault.Hint, StringComparison.Ordinal);

        fault = Assert.Single(Judge(new(null, s_payments), t => t with { Uris = ["spiffe://prod.test/payments", "spiffe://prod.test/orders"] }).Faults);
        Assert.Contains("has 2 URIs among its subject alternative names", fault.Detail, StringComparison.Ordinal);
        Assert.Contains("an X509-SVID has exactly one URI", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void With_both_each_is_checked_and_the_ID_comes_first()
    {
        Judged.AssertErrors(Judge(new(Name, s_payments), t => t with { Uris = ["spiffe://prod.test/payments"] }));
        Judged.AssertErrors(Judge(new("other.test", s_payments), With("spiffe://prod.test/payments")), Reasons.NameMismatch);
        Judged.AssertErrors(Judge(new("other.test", s_payments), With("spiffe://prod.test/orders")), Reasons.IdMismatch, Reasons.NameMismatch);
    }

    [Fact]
    public void Without_an_expected_ID_any_ID_is_accepted_and_shown()
    {
        var chain = Judge(new(Name), With("spiffe://prod.test/orders"));

        Judged.AssertErrors(chain);
        Assert.Equal(("spiffe://prod.test/orders", null), (chain.SpiffeId, chain.SpiffeIdExpected));
    }

    [Fact]
    public void An_ID_of_an_untrusted_authority_is_worthless()
    {
        var stranger = TestPki.Root("Stranger");
        var leaf = stranger.Leaf(Name, With("spiffe://prod.test/payments"));
        Judged.AssertErrors(new ChainJudge().Judge([leaf.Certificate, stranger.Certificate], TestPki.Trust(s_root), new(null, s_payments), TestPki.Now, default), Reasons.UntrustedIssuer);
    }

    [Fact]
    public void A_long_list_is_cut_in_the_sentence()
    {
        var wanted = Ids([.. Enumerable.Range(0, 64).Select(i => $"spiffe://prod.test/{new string('x', 300)}{i}")]);
        var fault = Assert.Single(Judge(new(null, wanted), With("spiffe://prod.test/" + new string('y', 2000))).Faults);
        Assert.InRange(fault.Detail.Length, 200, 1600);
        Assert.EndsWith(" and 59 more", fault.Detail, StringComparison.Ordinal);
    }

    private static ServerIdentity Ids(params string[] ids) => ServerIdentity.OneOf([.. ids.Select(id => SpiffeId.TryParse(id)!)]);

    private static Func<TestTemplate, TestTemplate> With(string id) => t => t with { Uris = [id] };

    private static ChainVerdict Judge(ServerReference server, Func<TestTemplate, TestTemplate>? change = null) =>
        new ChainJudge().Judge([s_root.Leaf(Name, change ?? (t => t)).Certificate], TestPki.Trust(s_root), server, TestPki.Now, default);
}
