using Microsoft.Extensions.Logging;
using MtlsProbe.Discovery;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Probing;

namespace MtlsProbe.Tests.Discovery;

/// <summary>How a fleet treats a source of targets that is unknown to the program.</summary>
public sealed class TargetSourceTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly ListedTargets _source;
    private readonly FleetRig _rig;

    public TargetSourceTests()
    {
        _source = new ListedTargets("consul", _time);
        _rig = new FleetRig(FleetRig.Targets("of-file"), time: _time, sources: [_source]);
    }

    private Fleet Fleet => _rig.Fleet;

    private IEnumerable<string> Shown => Fleet.Snapshot().Handshakes.Select(state => state.Key.Target);

    private TargetSet Set => Fleet.Snapshot().TargetSets[1];

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Its_targets_are_probed_and_shown_after_those_of_the_file()
    {
        _source.Give(Target("one"), Target("two"));
        await _rig.FirstRound();
        Assert.Equal(["of-file", "one", "two"], Shown);
        Assert.Equal(["of-file", "one", "two"], Fleet.Snapshot().Targets.Select(target => target.Name));
        Assert.All(Fleet.Snapshot().Handshakes, state => Assert.Equal(Outcome.Accepted, state.Last?.Outcome));
        Assert.Contains(Fleet.Configuration.Targets, target => target.Name == "two"); // used by requests to /probe
        Assert.Equal(("consul", 2, null), (Set.Name, Set.Targets.Count, Set.Fault));
        Assert.Equal([_rig.ConfigFile, "consul"], Fleet.Snapshot().TargetSets.Select(set => set.Name));
    }

    [Fact]
    public async Task The_first_round_is_not_complete_before_the_source_has_answered()
    {
        _time.Advance(Scheduler.FirstRound);
        while (_rig.Accepted("of-file") == 0) await Task.Yield();
        Assert.False(Fleet.Ready);

        _source.Fail("no answer");
        Assert.True(Fleet.Ready);
    }

    [Fact]
    public async Task A_change_adds_and_removes_its_jobs_and_does_not_affect_the_phase_or_the_current_probe_of_others()
    {
        _source.Give(Target("stays"), Target("goes"));
        await _rig.FirstRound();
        await _rig.Seconds(46, () => _rig.Accepted("stays") == 2); // now at its phase
        var before = _rig.State("stays");
        var gate = new TaskCompletionSource();
        _rig.Gate = gate.Task;
        await _rig.Seconds(31, () => StartsOf("stays") == 3);

        _source.Give(Target("comes"), Target("stays"));
        Assert.Equal(["of-file", "comes", "stays"], Shown);
        Assert.Same(before, _rig.State("stays"));
        Assert.Null(_rig.State("comes").Last);

        _rig.Gate = Task.CompletedTask;
        gate.SetResult(); // the probe in progress continues
        await _rig.Seconds(6, () => _rig.Accepted("stays") == 3);
        _time.Advance(Scheduler.FirstRound); // a new job has started by then; one that keeps its phase has not
        await _rig.Seconds(0, () => _rig.Accepted("comes") == 1);
        Assert.Equal(3, StartsOf("stays"));
        Assert.DoesNotContain("goes", Shown);
    }

    [Fact]
    public async Task A_failure_keeps_its_targets_and_is_reported_once_with_its_reason()
    {
        _source.Give(Target("one"));
        await _rig.FirstRound();
        _rig.Log.Take();
        var version = Fleet.Version;
        _source.Fail("the server said\u001b 503");
        _source.Fail("the server said 502");

        Assert.NotEqual(version, Fleet.Version);
        Assert.Equal(["of-file", "one"], Shown);
        Assert.Equal(1, _rig.Accepted("one"));
        Assert.Equal(("the server said 502", _time.GetUtcNow()), (Set.Fault, Set.Since));
        var line = Assert.Single(_rig.Log.TakeShown());
        Assert.Equal((LogLevel.Warning, 1), (line.Level, line.Fields["Targets"]));
        Assert.StartsWith("consul does not deliver all of its targets: the server said", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(line.Text, char.IsControl);
        Assert.True(Fleet.Snapshot().Reload.LastSuccessful); // for the file

        _source.Give(Target("one"));
        Assert.Equal("consul delivers all of its targets again, 1 now", Assert.Single(_rig.Log.TakeShown()).Text);
    }

    [Fact]
    public async Task A_duplicate_name_is_left_out_reported_once_and_added_when_the_other_is_gone()
    {
        _source.Give(Target("one"), Target("of-file") with { Address = HostPort.TryParse("elsewhere.test:443")! }, Target("one") with { Labels = [new Label("a", "b")] });
        await _rig.FirstRound();
        Assert.Equal(["of-file", "one"], Shown);
        Assert.Equal("of-file.test:443", _rig.State("of-file").Key.Address);
        Assert.Equal(["of-file", "one"], Set.LeftOut);
        Assert.Equal(3, Set.Targets.Count);
        var told = Assert.Single(_rig.Log.TakeShown(), line => line.Text.Contains("left out", StringComparison.Ordinal));
        Assert.Equal((LogLevel.Warning, "consul", "of-file, one"), (told.Level, told.Fields["Set"], told.Fields["Names"]));

        _source.Give(Set.Targets[0], Set.Targets[1]);
        Assert.DoesNotContain(_rig.Log.TakeShown(), line => line.Text.Contains("left out", StringComparison.Ordinal));

        _rig.Write(FleetRig.Targets("another"));
        Assert.True((await Fleet.ReloadAsync()).Success);
        Assert.Equal(["another", "one", "of-file"], Shown);
        Assert.Equal("elsewhere.test:443", _rig.State("of-file").Key.Address);
        Assert.Null(_rig.State("of-file").Last);
    }

    [Fact]
    public async Task A_reload_of_the_file_leaves_its_targets_alone()
    {
        _source.Give(Target("one"));
        await _rig.FirstRound();
        _rig.Log.Take();
        _rig.Write(FleetRig.Targets("of-file", "new"));
        Assert.True((await Fleet.ReloadAsync()).Success);
        Assert.Equal(["of-file", "new", "one"], Shown);
        Assert.Equal(1, _rig.Accepted("one"));
        Assert.Single(_rig.Log.TakeShown()); // for the file

        _rig.Write("  - { name: one, address: nonsense, protocol: tls }\n");
        Assert.False((await Fleet.ReloadAsync()).Success);
        Assert.Equal(["of-file", "new", "one"], Shown);
        Assert.Contains("nonsense", Fleet.Snapshot().TargetSets[0].Fault, StringComparison.Ordinal);
        Assert.Null(Set.Fault);
    }

    [Fact]
    public async Task A_source_that_ends_by_an_internal_error_fails_and_keeps_its_targets_and_the_fleet_continues()
    {
        _source.Give(Target("one"));
        await _rig.FirstRound();
        _source.Break(new InvalidOperationException("oops"));
        while (Set.Fault is null) await Task.Yield();
        Assert.Contains("InvalidOperationException", Set.Fault, StringComparison.Ordinal);
        Assert.Contains(_rig.Log.TakeShown(), line => line.Level == LogLevel.Error && line.Text.Contains("consul", StringComparison.Ordinal));
        await _rig.Seconds(46, () => _rig.Accepted("one") > 1 && _rig.Accepted("of-file") > 1);
    }

    private int StartsOf(string target) => _rig.Probes.Count(probe => probe.Target == target);

    private static Target Target(string name) => Jobs.Target(name);
}
