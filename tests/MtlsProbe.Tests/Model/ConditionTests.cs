using MtlsProbe.Model;

namespace MtlsProbe.Tests.Model;

public class ConditionTests
{
    [Theory]
    [InlineData("accept", "accepted", true, "healthy")]
    [InlineData("accept", "accepted", false, "faulty")]
    [InlineData("accept", "rejected", false, "refused")]
    [InlineData("accept", "unconfirmed", false, "unconfirmed")]
    [InlineData("accept", "failed", false, "failed")]
    [InlineData("reject", "rejected", true, "healthy")]
    [InlineData("reject", "rejected", false, "failed")] // by a server that we do not trust: it proves nothing
    [InlineData("reject", "accepted", false, "not_enforced")]
    [InlineData("reject", "unconfirmed", false, "unconfirmed")]
    [InlineData("reject", "failed", false, "failed")]
    public void Each_result_has_one_word(string expect, string outcome, bool success, string word) =>
        Assert.Equal(word, Conditions.Of(Named<Expectation>(expect), Named<Outcome>(outcome), success ? null : Reasons.InternalFault).Label());

    [Fact]
    public void A_server_that_asks_for_no_certificate_has_its_own_word_if_it_must_accept_ours()
    {
        Assert.Equal(Condition.NotRequested, Conditions.Of(Expectation.Accept, Outcome.Accepted, Reasons.NotRequested));
        Assert.Equal(Condition.NotRequested.Severity(), Condition.NotEnforced.Severity() + 1);
    }

    [Fact]
    public void A_handshake_that_was_not_probed_is_pending_and_nothing_else() => Assert.Equal(Condition.Pending, Conditions.Of(null));

    [Fact]
    public void Severities_order_all_conditions_from_a_refusal_to_health()
    {
        var order = Enum.GetValues<Condition>().OrderBy(condition => condition.Severity()).ToList();
        Assert.Equal(Enum.GetValues<Condition>().Length, order.Select(condition => condition.Severity()).Distinct().Count());
        Assert.Equal((Condition.Refused, Condition.Healthy, Conditions.Count), (order[0], order[^1], order.Count));
    }

    private static T Named<T>(string label)
        where T : struct, Enum => Enum.GetValues<T>().Single(value => value.Label() == label);
}
