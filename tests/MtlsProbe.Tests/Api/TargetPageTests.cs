using System.Collections.Frozen;
using System.Text.Json;
using MtlsProbe.Api;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Api;

/// <summary>The fleet as rows of targets, and as groups of them.</summary>
public class TargetPageTests
{
    [Fact]
    public void What_needs_attention_comes_first() => Assert.Equal(
        ["refused", "not_enforced", "not_requested", "failed", "faulty", "unconfirmed", "pending", "healthy"], Names(Page(Fleets.OfEveryCondition())));

    [Fact]
    public void Among_equal_targets_the_newest_comes_first()
    {
        HandshakeState At(string name, int minutes) => Fleets.Once(Samples.Target(name), Samples.Rejected(Samples.Target(name)) with { At = Samples.Now.AddMinutes(-minutes) });
        Assert.Equal(["new", "middle", "old"], Names(Page(Fleets.View(At("old", 60), At("new", 1), At("middle", 5)))));
    }

    [Fact]
    public void A_row_has_the_state_of_its_worst_handshake_and_a_chip_for_each_credential()
    {
        var (target, other) = (Samples.Target(), "10.0.0.2:8443");
        var view = Fleets.View(
            Samples.State(target, Samples.Accepted(target)),
            Samples.State(target, Samples.Accepted(target) with { Address = other }),
            Samples.State(target, Samples.LetIn(target, "legacy")),
            Samples.State(target, Samples.Rejected(target) with { Slot = Slot.Next }));

        var row = Assert.Single(Page(view).Rows);

        Assert.Equal((Condition.NotEnforced, "not_refused", 2, 4), (row.State, row.Reason, row.Addresses, row.Handshakes)); // what is staged as next breaks nothing
        Assert.Equal(
            [
                new("checkout", Slot.Next, Expectation.Accept, Condition.Refused, 1, 1),
                new("legacy", Slot.Current, Expectation.Reject, Condition.NotEnforced, 1, 1),
                new("checkout", Slot.Current, Expectation.Accept, Condition.Healthy, 2, 2),
            ],
            row.Credentials);
    }

    [Fact]
    public void A_healthy_row_says_what_accepts_us_although_a_refusal_that_must_be_came_later()
    {
        var target = Samples.Target();
        var (accepted, kept) = (Samples.Accepted(target), Samples.LetIn(target, "legacy") with { Outcome = Outcome.Rejected, Success = true, Failure = null });

        var row = Assert.Single(Page(Fleets.View(Fleets.Once(target, kept with { At = Samples.Now }), Fleets.Once(target, accepted with { At = Samples.Now.AddMinutes(-5) }))).Rows);

        Assert.Equal((Condition.Healthy, "the server accepts our certificate", Samples.Now.AddMinutes(-5)), (row.State, row.Headline, row.Since));
    }

    [Fact]
    public void A_row_shows_the_answer_of_a_server_that_refuses_or_fails_in_its_protocol_and_no_other_detail()
    {
        string? Answer(Reason reason, Evidence? evidence, Outcome outcome = Outcome.Rejected)
        {
            var target = Samples.Target();
            var result = Samples.Rejected(target) with { Outcome = outcome, Evidence = evidence, Failure = new Failure(Phase.Application, reason, null, "the server answered with HTTP status 403") };
            return Assert.Single(Page(Fleets.View(Fleets.Once(target, result))).Rows).Answer;
        }

        Assert.Equal("the server answered with HTTP status 403", Answer(Reasons.ClientHttpStatus, Evidence.HttpStatus));
        Assert.Equal("the server answered with HTTP status 403", Answer(Reasons.RefusedByProtocol, Evidence.ProtocolAnswer));
        Assert.Equal("the server answered with HTTP status 403", Answer(Reasons.UnexpectedStatus, Evidence.HttpStatus, Outcome.Accepted));
        Assert.Null(Answer(Reasons.UnknownCa, Evidence.Alert));
        Assert.Null(Answer(Reasons.NotRefused, Evidence.HttpStatus, Outcome.Accepted)); // the headline says it
        Assert.Null(Answer(Reasons.ConnectionRefused, null, Outcome.Failed));
    }

    [Fact]
    public void The_tiles_the_headline_and_the_rows_agree()
    {
        var view = Fleets.OfEveryCondition();
        var (page, summary) = (Page(view), Summary.Of(view, "instance"));
        Assert.Equal((summary.Targets, summary.Expiring, 8), (page.States, page.Expiring, page.Total));
        foreach (var state in Enum.GetValues<Condition>())
            Assert.Equal(1, Page(view, new(new() { Conditions = FrozenSet.Create(state) }, [], null)).Total);
    }

    [Fact]
    public void A_certificate_that_ends_soon_shows_although_the_target_is_healthy()
    {
        var view = Fleets.View(With("well", 30, "a"), With("soon", 2, "b"), With("over", -1, "c"));
        var page = Page(view);

        Assert.Equal(["over", "soon", "well"], Names(page));
        Assert.Equal([ExpiryLevel.Expired, ExpiryLevel.Critical, null], page.Rows.Select(row => row.Expiring));
        Assert.Equal(new ExpiryCounts(2, 1, 1, 0, 0), page.Expiring);
        var chosen = Page(view, new(HandshakeFilter.None, FrozenSet.Create(ExpiryLevel.Critical), null));
        Assert.Equal(["soon"], Names(chosen));
        Assert.Equal(page.Expiring, chosen.Expiring); // what a click would show
        Assert.Equal((ExpiryLevel?)ExpiryLevel.Critical, chosen.Rows[0].Server!.Expiring);
    }

    [Fact]
    public void Our_certificate_counts_for_every_target_that_gets_it()
    {
        var state = With("payments", 300, "x");
        var snapshot = Fleets.Snapshot(state) with { Credentials = [new("checkout", Slot.Current, [Samples.Certificate("checkout", 2)], true)] };
        Assert.Equal(ExpiryLevel.Warning, Page(new FleetView(snapshot)).Rows[0].Expiring);
        Assert.Null(Page(new FleetView(snapshot with { Credentials = [new("checkout", Slot.Next, [Samples.Certificate("checkout", 2)], true)] })).Rows[0].Expiring);
    }

    [Fact]
    public void Three_thousand_failures_with_one_cause_are_one_group()
    {
        var view = Fleets.View([.. Enumerable.Range(0, 3000).Select(i => Samples.Target($"t{i:0000}")).Select(target => Samples.State(target, Samples.Refused(target))), Fleets.In(Condition.Healthy), Fleets.In(Condition.Pending)]);
        var groups = GroupPage.Of(view, "instance", TargetFilter.None, TargetGrouping.ByReason, new(1, 100));

        Assert.Equal(["network/connection_refused", "pending", "healthy"], groups.Groups.Select(group => group.Group));
        Assert.Equal((3002, 3000, Condition.Failed, Reasons.ConnectionRefused.Sentence), (groups.Targets, groups.Groups[0].Total, groups.Groups[0].State, groups.Groups[0].Title));
        Assert.Equal(["t0000", "t0001", "t0002", "t0003", "t0004"], groups.Groups[0].Names);
        var members = Page(view, new(HandshakeFilter.None, [], new TargetGroup(TargetGrouping.ByReason, "network/connection_refused")));
        Assert.Equal(3000, members.Total);
    }

    [Fact]
    public void Labels_and_identities_make_groups_too()
    {
        var view = Fleets.OfEveryCondition();
        GroupPage By(string text) => GroupPage.Of(view, "instance", TargetFilter.None, TargetGrouping.Of(text)!, new(1, 100));

        Assert.Equal([("money", 3), ("goods", 5)], By("label:team").Groups.Select(group => (group.Title, group.Total)));
        Assert.Equal([("checkout", 8)], By("identity").Groups.Select(group => (group.Group, group.Total)));
        Assert.Equal([("without the label zone", 8)], By("label:zone").Groups.Select(group => (group.Title, group.Total)));
        Assert.Null(TargetGrouping.Of("label:"));
    }

    [Fact]
    public void A_target_without_an_address_yet_is_listed_as_pending()
    {
        var target = Samples.Target("unresolved", new Label("team", "money"));
        var view = new FleetView(Fleets.Snapshot() with { Targets = [target] });
        Assert.Equal((Condition.Pending, 0), (Page(view).Rows[0].State, Page(view).Rows[0].Handshakes));
        Assert.Equal(1, Page(view, new(new() { Words = ["resolv"], Labels = [new("team", "money")] }, [], null)).Total);
        Assert.Equal(0, Page(view, new(new() { Slot = Slot.Next }, [], null)).Total);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(38)]
    [InlineData(3_000)]
    [InlineData(10_000)]
    public void The_first_answer_is_small_whatever_the_fleet(int count)
    {
        var view = Fleets.View([.. Enumerable.Range(0, count).Select(i => Samples.Target($"a-service-with-a-long-name-{i:00000}", new("team", "payments"), new("zone", "eu-central-1"))).SelectMany(target =>
            (IEnumerable<HandshakeState>)[Samples.State(target, Samples.Accepted(target)), Samples.State(target, Samples.TurnedAway(target)), Samples.State(target, Samples.LetIn(target, "legacy"))])]);

        var page = Page(view);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(page, StatusJson.Default.TargetPage).Length + JsonSerializer.SerializeToUtf8Bytes(Summary.Of(view, "instance"), StatusJson.Default.Summary).Length;

        Assert.Equal((count, Math.Min(count, 100)), (page.Total, page.Rows.Count));
        Assert.InRange(bytes, 0, 200_000);
    }

    [Fact]
    public void Every_column_sorts_from_either_end()
    {
        var view = Fleets.OfEveryCondition();
        Assert.All(TargetOrder.Columns, column => Assert.Equal(8, Page(view, order: new(column, true)).Rows.Count));
        Assert.Equal(Names(Page(view, order: new("target", false))), Names(Page(view, order: new("target", true))).Reverse());
    }

    private static HandshakeState With(string name, int days, string leaf) => Fleets.Once(Samples.Target(name), Samples.Accepted(Samples.Target(name)) with
    {
        ServerCertificates = [Samples.Certificate(leaf, days) with { NotBefore = Samples.Now.AddDays(-100) }],
    });

    private static IEnumerable<string> Names(TargetPage page) => page.Rows.Select(row => row.Target);

    private static TargetPage Page(FleetView view, TargetFilter? filter = null, TargetOrder? order = null) =>
        TargetPage.Of(view, "instance", filter ?? TargetFilter.None, order ?? TargetOrder.Default, new Paging(1, 100));
}
