using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Model;

public class ExpiryRuleTests
{
    [Theory]
    [InlineData(365, 15, null)]
    [InlineData(365, 13.9, ExpiryLevel.Warning)]
    [InlineData(365, 3.1, ExpiryLevel.Warning)]
    [InlineData(365, 2.9, ExpiryLevel.Critical)]
    [InlineData(365, 0, ExpiryLevel.Expired)]
    [InlineData(365, -1, ExpiryLevel.Expired)]
    [InlineData(1, 0.26, null)] // with a lifetime of one day, there are never 14 days left
    [InlineData(1, 0.24, ExpiryLevel.Warning)]
    [InlineData(1, 0.09, ExpiryLevel.Critical)]
    public void A_certificate_expires_by_its_lifetime_or_by_days_whichever_is_less(double life, double left, object? level) => Assert.Equal(
        (ExpiryLevel?)level, ExpiryRule.Of(Samples.Now.AddDays(left - life), Samples.Now.AddDays(left), Samples.Now));

    [Theory]
    [InlineData(91, null)]
    [InlineData(89, ExpiryLevel.Warning)]
    [InlineData(13, ExpiryLevel.Critical)]
    [InlineData(-1, ExpiryLevel.Expired)]
    public void An_anchor_takes_months_to_replace(int left, object? level) =>
        Assert.Equal((ExpiryLevel?)level, ExpiryRule.OfAnchor(Samples.Certificate("root", left), Samples.Now));

    [Fact]
    public void An_expired_issuer_is_a_ticket_and_an_expired_leaf_is_not_good()
    {
        Assert.Equal(ExpiryLevel.Warning, ExpiryRule.OfChain([Samples.Certificate("leaf", 300), Samples.Certificate("issuer", -1)], Samples.Now));
        Assert.Equal(ExpiryLevel.Expired, ExpiryRule.OfChain([Samples.Certificate("leaf", -1), Samples.Certificate("issuer", 300)], Samples.Now));
        Assert.Null(ExpiryRule.OfChain([], Samples.Now));
    }

    [Fact]
    public void A_renewal_in_the_last_fifth_of_a_lifetime_was_late()
    {
        Assert.Equal(ExpiryLevel.Late, ExpiryRule.OfRenewal(0.9));
        Assert.Null(ExpiryRule.OfRenewal(0.66));
        Assert.Null(ExpiryRule.OfRenewal(null));
    }
}
