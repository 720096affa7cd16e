using MtlsProbe.Feed;
using MtlsProbe.Model;
using MtlsProbe.Tests.Discovery;

namespace MtlsProbe.Tests.Probing;

/// <summary>A process that probes a part of the targets. Of two shards, the first has a, b and e, the second c and d.</summary>
public class ShardedFleetTests
{
    private static readonly Shard s_first = new(1, 2);
    private static readonly Shard s_second = new(2, 2);

    [Fact]
    public async Task Each_target_is_probed_by_one_shard_even_after_a_reload()
    {
        await using var first = new FleetRig(FleetRig.Targets("a", "b", "c", "d"), shard: s_first);
        await using var second = new FleetRig(FleetRig.Targets("a", "b", "c", "d"), shard: s_second);
        await first.FirstRound();
        await second.FirstRound();

        Assert.Equal(["a", "b"], Probed(first));
        Assert.Equal(["c", "d"], Probed(second));

        foreach (var rig in (FleetRig[])[first, second])
        {
            rig.Write(FleetRig.Targets("a", "b", "c", "e"));
            Assert.True((await rig.Fleet.ReloadAsync()).Success);
        }

        Assert.Equal(["a", "b", "e"], Names(first));
        Assert.Equal(["c"], Names(second));
        Assert.Equal(1, first.Accepted("a")); // which kept its counters
    }

    [Fact]
    public async Task A_shard_says_which_one_it_is_and_how_many_targets_there_are()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a", "b", "c"), shard: s_second);
        Assert.Equal(new ShardState(s_second, 3), rig.Fleet.Snapshot().Shard);
    }

    [Fact]
    public async Task A_shard_without_a_target_is_ready()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a"), shard: s_second);
        await rig.FirstRound();
        Assert.True(rig.Fleet.Ready);
        Assert.Empty(Probed(rig));
    }

    [Fact]
    public async Task All_shards_agree_which_of_two_targets_has_a_name()
    {
        var time = new ManualTime();
        var source = new ListedTargets("list", time);
        await using var rig = new FleetRig(FleetRig.Targets("a", "c"), time: time, shard: s_second, sources: source);
        source.Give(Jobs.Target("c"), Jobs.Target("d"), Jobs.Target("e"));

        var set = rig.Fleet.Snapshot().TargetSets[1];
        Assert.Equal(["c", "d"], Names(rig));
        Assert.Equal("d", Assert.Single(set.Targets).Name);
        Assert.Equal(1, set.Probed);
        Assert.Equal(["c"], set.LeftOut);
    }

    [Fact]
    public async Task Only_targets_of_this_shard_have_events()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a", "c"), shard: s_second);
        rig.Write(FleetRig.Targets("d", "e"));
        await rig.Fleet.ReloadAsync();

        Assert.Equal(["c", "d"], rig.Fleet.Events.All.Where(told => told.Topic == EventTopic.Targets).Select(told => told.Target).Order());
    }

    [Fact]
    public async Task A_target_of_another_shard_is_probed_on_demand()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a", "c"), shard: s_second);
        await rig.FirstRound();
        var other = rig.Fleet.Configuration.Targets.Single(target => target.Name == "a");

        var results = await rig.Fleet.ProbeNowAsync(other, TimeSpan.FromSeconds(1), CancellationToken.None);

        Assert.Equal(Outcome.Accepted, Assert.Single(results.All).Last!.Outcome);
        Assert.Equal(["c"], Names(rig));
    }

    private static IEnumerable<string> Names(FleetRig rig) => rig.Fleet.Snapshot().Targets.Select(target => target.Name);

    private static IEnumerable<string> Probed(FleetRig rig) => rig.Probes.Select(probe => probe.Target).Distinct().Order(StringComparer.Ordinal);
}
