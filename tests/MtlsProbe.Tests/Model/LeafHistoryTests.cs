using MtlsProbe.Model;

namespace MtlsProbe.Tests.Model;

public class LeafHistoryTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 20, 18, 0, 0, TimeSpan.Zero);
    private static readonly TestCertificate Root = TestPki.Root("Root");
    private static readonly Certificate Old = Root.Leaf("a.test").Certificate;
    private static readonly Certificate New = Root.Leaf("a.test").Certificate;

    [Fact]
    public void The_first_leaf_is_no_change()
    {
        var history = After(Old, Old);
        Assert.Equal((0L, null, null), (history.Changes, history.LastChange, history.PreviousSerial));
        Assert.False(history.InTurn);
        Assert.Equal([new LeafShare(Old.Serial, Old.Sha256, 1)], history.Recent);
    }

    [Fact]
    public void A_rotation_is_one_change_with_both_serials_and_its_time_and_takes_no_turns()
    {
        var history = After(Old, Old, Old, New, New);
        Assert.Equal((1L, At.AddSeconds(3), Old.Serial), (history.Changes, history.LastChange, history.PreviousSerial));
        Assert.False(history.InTurn);
        Assert.Equal([new LeafShare(New.Serial, New.Sha256, 0.4), new LeafShare(Old.Serial, Old.Sha256, 0.6)], history.Recent);
    }

    [Fact]
    public void Replicas_that_disagree_take_turns_which_is_one_change_however_often_they_do()
    {
        var history = After(Old, New, Old, New, Old, New, New, Old);
        Assert.True(history.InTurn);
        Assert.Equal(1, history.Changes);
        Assert.Equal([0.5, 0.5], history.Recent.Select(leaf => leaf.Share));
    }

    [Fact]
    public void A_rollout_behind_a_load_balancer_ends_as_one_change_when_the_last_replica_has_followed()
    {
        var during = After(Old, Old, New, Old, New, New);
        Assert.True(during.InTurn);
        var after = Enumerable.Repeat(New, LeafHistory.Window).Aggregate(during, (history, leaf) => history.With(leaf, At.AddHours(1)));
        Assert.False(after.InTurn);
        Assert.Equal((1L, At.AddSeconds(2)), (after.Changes, after.LastChange));
        Assert.Equal(New.Serial, Assert.Single(after.Recent).Serial);
    }

    [Fact]
    public void A_leaf_that_comes_back_after_a_long_time_is_a_change_again()
    {
        var history = After([Old, .. Enumerable.Repeat(New, LeafHistory.Window), Old]);
        Assert.Equal((2L, New.Serial), (history.Changes, history.PreviousSerial));
    }

    [Fact]
    public void It_remembers_no_more_than_its_window()
    {
        var history = After([.. Enumerable.Range(0, 3 * LeafHistory.Window).Select(i => i % 2 == 0 ? Old : New)]);
        Assert.Equal(LeafHistory.Window, history.Seen.Count);
        var settled = After([.. Enumerable.Repeat(New, LeafHistory.Window)]);
        Assert.Same(settled, settled.With(New, At.AddDays(1)));
    }

    private static LeafHistory After(params Certificate[] leaves) =>
        leaves.Index().Aggregate(LeafHistory.Empty, (history, leaf) => history.With(leaf.Item, At.AddSeconds(leaf.Index)));
}
