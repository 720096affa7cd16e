using MtlsProbe.Api;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Rotation;

/// <summary>Expected and actual results; an unknown result is neither.</summary>
public class AccessRowTests
{
    private static readonly Target s_target = Samples.Target() with { Accepts = ["batch"], MustReject = ["none", "legacy"] };

    [Fact]
    public void Each_pair_has_the_key_of_its_expectation_and_the_state_that_was_found()
    {
        var row = AccessRow.Of(s_target,
        [
            (Key("checkout"), Samples.Accepted(s_target)),
            (Key("checkout") with { Slot = Slot.Next }, Samples.Rejected(s_target)),
            (Key("batch"), Samples.Rejected(s_target)),
            (Key("none", Expectation.Reject), Samples.TurnedAway(s_target)),
            (Key("legacy", Expectation.Reject), Samples.LetIn(s_target, "legacy")),
            (Key("stranger", Expectation.Reject), Samples.LetIn(s_target, "stranger")),
            (Key("closed", Expectation.Reject), Samples.TurnedAway(s_target, "closed")),
        ]);

        Assert.Equal(
            [
                "checkout Accept Identity Accepted AsExpected", "batch Accept Accepts Rejected UnexpectedRefusal", "none Reject MustReject Rejected AsExpected",
                "legacy Reject MustReject Accepted UnexpectedAccess", "stranger   Accepted Undeclared", "closed   Rejected Closed",
            ],
            row.Pairs.Select(pair => $"{pair.Identity} {pair.Expected} {pair.By} {pair.Found} {pair.State}"));
        Assert.Equal(AccessKey.Others, AccessRow.Of(s_target with { MustRejectOthers = true }, [(Key("none", Expectation.Reject), null)]).Pairs[0].By);
    }

    [Fact]
    public void Of_several_addresses_a_contradiction_precedes_an_unknown_state_and_that_precedes_agreement()
    {
        Assert.Equal((Access.Rejected, AccessState.UnexpectedRefusal), Of("batch", Samples.Accepted(s_target), Samples.Refused(s_target), Samples.Rejected(s_target)));
        Assert.Equal((Access.Unknown, AccessState.Unknown), Of("batch", Samples.Accepted(s_target), Samples.Refused(s_target)));
        Assert.Equal((Access.Accepted, AccessState.AsExpected), Of("batch", Samples.Accepted(s_target), Samples.Accepted(s_target)));
        Assert.Equal((Access.Accepted, AccessState.UnexpectedAccess), Of("legacy", Samples.TurnedAway(s_target), Samples.LetIn(s_target)));
        Assert.Equal((Access.Unknown, AccessState.Unknown), Of("legacy", Samples.TurnedAway(s_target), Samples.Refused(s_target)));
        Assert.Equal((null, AccessState.Pending), Of("legacy", Samples.TurnedAway(s_target), null));
        Assert.Equal((null, AccessState.Pending), Of("legacy", null, Samples.TurnedAway(s_target)));
        Assert.Equal((null, AccessState.Pending), Of("batch", null, Samples.Accepted(s_target)));
        Assert.Equal((Access.Accepted, AccessState.UnexpectedAccess), Of("legacy", null, Samples.LetIn(s_target)));
        Assert.Equal((null, AccessState.Pending), Of("legacy", null, null));
    }

    [Fact]
    public void A_name_that_cannot_be_looked_up_is_unknown_for_every_identity()
    {
        var lost = Samples.Refused(s_target) with { Failure = new Failure(Phase.Dns, Reasons.DnsNotFound, null, "") };

        var row = AccessRow.Of(s_target, [(Key("checkout"), lost)]);
        var report = AccessReport.Of(Samples.Now, [], [AccessRow.Of(s_target, [(Key("checkout"), lost)], new HashSet<string> { "batch" })]);

        Assert.Equal(["checkout Unknown", "batch Unknown", "none Unknown", "legacy Unknown"], row.Pairs.Select(pair => $"{pair.Identity} {pair.State}"));
        Assert.Equal((false, "batch"), (report.Holds, report.Targets[0].Pairs.Single().Identity));
        Assert.False(AccessReport.Of(Samples.Now, [], []).Holds);
    }

    [Fact]
    public void Nothing_is_proven_while_a_server_is_down_and_a_pair_without_an_expectation_changes_nothing()
    {
        AccessReport Report(params (HandshakeKey, ProbeResult?)[] seen) => AccessReport.Of(Samples.Now, [], [AccessRow.Of(s_target, seen)]);

        Assert.True(Report((Key("checkout"), Samples.Accepted(s_target)), (Key("stranger", Expectation.Reject), Samples.LetIn(s_target, "stranger"))).Holds);
        Assert.False(Report((Key("checkout"), Samples.Refused(s_target))).Holds);
        Assert.False(Report((Key("none", Expectation.Reject), Samples.Refused(s_target))).Holds);
        Assert.Equal("Of 1 pair of an identity and a target, 1 is not known.", Report((Key("checkout"), Samples.Refused(s_target))).Summary);
    }

    [Fact]
    public void A_page_has_the_requested_targets_and_identities_and_no_more_than_it_can_show()
    {
        List<string> identities = [.. Enumerable.Range(0, 70).Select(i => $"identity-{i:00}")];
        var targets = Enumerable.Range(0, 3).Select(i => Samples.Target($"t{i}", new Label("team", i == 0 ? "money" : "goods")) with { MustReject = [.. identities], MustRejectOthers = true }).ToList();
        var snapshot = Samples.Snapshot([.. targets.SelectMany(target => identities.Select(identity =>
            Samples.State(target, target.Name == "t1" && identity == "identity-69" ? Samples.LetIn(target, identity) : Samples.TurnedAway(target, identity))))]) with
        {
            Identities = [.. identities.Select(name => new Identity(name, new SecretDirectory("/x")))],
        };
        var view = new FleetView(snapshot);

        var whole = Page(new([], [], [], [], []));
        Assert.Equal((3, 60, 70), (whole.Total, whole.Identities.Count, whole.IdentitiesTotal));
        Assert.All(whole.Targets, line => Assert.Equal(60, line.Pairs.Count));
        Assert.Equal((209, 1), (whole.States.AsExpected, whole.States.UnexpectedAccess));

        var open = Page(new([], [], [], [], [AccessState.UnexpectedAccess]));
        Assert.Equal(("t1", "identity-69", "others"), (Assert.Single(open.Targets).Target, Assert.Single(open.Identities), open.Targets[0].Pairs[0].By?.Label()));
        Assert.Equal(["t1", "t2"], Page(new([], [], ["identity-03"], [new Label("team", "goods")], [])).Targets.Select(line => line.Target));
        Assert.Equal(["t0"], Page(new(["MONEY", "t0"], [], [], [], [])).Targets.Select(line => line.Target));
        Assert.Empty(Page(new([], ["t2"], [], [], [AccessState.UnexpectedAccess])).Targets);

        AccessPage Page(AccessQuery query) => AccessPage.Of(view, "i", query, new Paging(1, 50));
    }

    private static (Access? Found, AccessState State) Of(string identity, params ProbeResult?[] results)
    {
        var expect = identity == "batch" ? Expectation.Accept : Expectation.Reject;
        var pair = AccessRow.Of(s_target, results.Select((result, i) => (Key(identity, expect) with { Address = $"10.0.0.{i}:443" }, result))).Pairs.Single();
        return (pair.Found, pair.State);
    }

    private static HandshakeKey Key(string identity, Expectation expect = Expectation.Accept) => Samples.Key(s_target, identity, expect);
}
