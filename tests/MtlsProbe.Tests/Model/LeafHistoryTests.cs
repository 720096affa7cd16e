using System.Globalization;
using System.Runtime.CompilerServices;
using MtlsProbe.Certificates;
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
    public void A_rotation_is_one_change_with_both_serials_and_its_time_and_no_alternation()
    {
        var history = After(Old, Old, Old, New, New);
        Assert.Equal((1L, At.AddSeconds(3), Old.Serial), (history.Changes, history.LastChange, history.PreviousSerial));
        Assert.False(history.InTurn);
        Assert.Equal([new LeafShare(New.Serial, New.Sha256, 0.4), new LeafShare(Old.Serial, Old.Sha256, 0.6)], history.Recent);
    }

    [Fact]
    public void A_newer_leaf_that_replaces_another_gives_the_used_share_of_its_lifetime()
    {
        var (first, second) = (Old with { NotBefore = At.AddDays(-75), NotAfter = At.AddDays(25) }, New with { NotBefore = At, NotAfter = At.AddDays(100) });
        var history = LeafHistory.Empty.With(first, At.AddHours(-1));
        Assert.Null(history.RenewedAt);
        history = history.With(second, At);
        Assert.Equal(0.75, history.RenewedAt);

        // A return of the old one is not a renewal.
        Assert.Equal(0.75, Enumerable.Repeat(first, 3).Aggregate(history, (known, leaf) => known.With(leaf, At.AddDays(1))).RenewedAt);
    }

    [Fact]
    public void Long_after_a_rotation_the_history_takes_no_more_room_than_one_with_a_single_leaf()
    {
        var fresh = After([.. Enumerable.Repeat(New, 60)]);
        var rotated = After([.. Enumerable.Repeat(Old, 30), .. Enumerable.Repeat(New, 60)]);

        Assert.Equal(Enumerable.Repeat(New.Seen, LeafHistory.Window), rotated.Seen);
        Assert.Same(fresh, fresh.With(New, At));
        Assert.Same(rotated, rotated.With(New, At));
        Assert.Equal((1L, Old.Serial, false), (rotated.Changes, rotated.PreviousSerial, rotated.InTurn));
    }

    [Fact]
    public void What_is_kept_of_a_leaf_is_one_object_for_all_addresses_and_another_for_a_changed_copy()
    {
        var copy = Old with { NotAfter = Old.NotAfter.AddDays(1) };

        Assert.Same(After(Old).Seen[0], After(Old, Old).Seen[1]);
        Assert.Equal((Old.NotAfter, copy.NotAfter), (Old.Seen.NotAfter, copy.Seen.NotAfter));
    }

    [Fact]
    public void Replicas_that_disagree_alternate_which_is_one_change_however_often_they_do()
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
        var after = Enumerable.Repeat(New, 5 * LeafHistory.Window).Aggregate(during, (history, leaf) => history.With(leaf, At.AddHours(1)));
        Assert.False(after.InTurn);
        Assert.Equal((1L, At.AddSeconds(2)), (after.Changes, after.LastChange));
        Assert.Equal(New.Serial, Assert.Single(after.Recent).Serial);
    }

    [Fact]
    public void A_leaf_that_comes_back_after_a_long_time_is_a_change_again()
    {
        var history = After([Old, .. Enumerable.Repeat(New, LeafHistory.Window + 1), Old]);
        Assert.Equal((2L, New.Serial), (history.Changes, history.PreviousSerial));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.95)]
    public void A_straggler_among_replicas_is_no_rotation_however_rarely_it_is_seen(double share)
    {
        var random = new Random(1); // the same every time
        var history = LeafHistory.Empty;
        List<bool> turns = [];
        for (var i = 0; i < 2880; i++) // a day at 30 s
        {
            history = history.With(random.NextDouble() < share ? Old : New, At.AddSeconds(30 * i));
            if (turns.Count == 0 || turns[^1] != history.InTurn) turns.Add(history.InTurn);
        }

        Assert.Equal(1, history.Changes);
        Assert.Equal([false, true], turns);
        Assert.Equal(2, history.Leaves);
    }

    [Fact]
    public void As_many_leaves_as_replicas_are_as_many_changes_less_one()
    {
        Certificate[] leaves = [.. Enumerable.Range(0, 10).Select(_ => Root.Leaf("a.test").Certificate)];
        var history = After([.. Enumerable.Range(0, 2880).Select(i => leaves[i % leaves.Length])]);
        Assert.Equal((9L, true, 10), (history.Changes, history.InTurn, history.Leaves));
    }

    [Fact]
    public void A_server_with_another_leaf_each_time_costs_bounded_memory()
    {
        var leaf = Root.Leaf("a.test");
        var history = After([.. Enumerable.Range(0, 300).Select(i => leaf.Certificate with { Sha256 = i.ToString("x64", CultureInfo.InvariantCulture) })]);
        Assert.Equal((299L, LeafHistory.Window), (history.Changes, history.Seen.Count));
        Assert.False(history.InTurn);
    }

    [Fact]
    public void A_leaf_is_remembered_without_its_bytes()
    {
        var (history, leaf) = OfOne();
        GC.Collect();
        Assert.False(leaf.TryGetTarget(out _));
        Assert.Equal((Old.Serial, Old.Sha256, Old.NotAfter), (history.Seen[0].Serial, history.Seen[0].Sha256, history.Seen[0].NotAfter));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (LeafHistory History, WeakReference<Certificate> Leaf) OfOne()
        {
            var leaf = Certificate.TryParse(Old.Der.ToArray())!;
            return (After(leaf, leaf), new(leaf));
        }
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
