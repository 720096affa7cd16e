using System.Diagnostics;
using Microsoft.Extensions.Logging;
using MtlsProbe.Model;
using MtlsProbe.Tests.Probing;

namespace MtlsProbe.Tests.Discovery;

/// <summary>Targets in files in the format of Prometheus, from the files to the plan.</summary>
public sealed class FileDiscoveryTests : DiscoveryRig
{
    private string Place => $"file: {{ files: [{Files.Directory}/targets/*.yml, {Files.Path("one.json")}] }}";

    [Fact]
    public async Task Targets_are_added_changed_and_removed_with_the_files()
    {
        Files.Write("targets/a.yml", "- { targets: [a.test:443, b.test:443], labels: { team: money } }");
        Files.Write("one.json", """[{ "targets": ["c.test:443"], "labels": { "name": "c" } }]""");
        Start(Place, "identity: checkout");
        await Until(() => Fleet.Ready);
        Assert.Equal(["of-file", "c", "a.test:443", "b.test:443"], Shown);
        Assert.Equal((Outcome.Accepted, "checkout"), (Rig.State("a.test:443").Last?.Outcome, Rig.State("a.test:443").Key.Identity));
        Assert.Equal((3, null, 0), (Set.Targets.Count, Set.Fault, Set.RejectedCount));
        var before = Rig.State("b.test:443");

        Files.Write("targets/a.yml", "- { targets: [b.test:443], labels: { team: money } }");
        Files.Write("targets/b.yml", "- { targets: [d.test:443] }");
        await Until(() => Shown.Contains("d.test:443") && !Shown.Contains("a.test:443"));
        Assert.Same(before.Target, Rig.State("b.test:443").Target);

        File.Delete(Files.Path("targets/b.yml"));
        await Until(() => !Shown.Contains("d.test:443"));
        Assert.Null(Set.Fault);
    }

    [Fact]
    public async Task A_broken_file_keeps_its_targets_while_other_files_change()
    {
        Files.Write("targets/a.yml", "- { targets: [a.test:443] }");
        Files.Write("targets/b.yml", "- { targets: [b.test:443] }");
        Files.Write("one.json", "[]");
        Start(Place);
        await Until(() => Fleet.Ready);
        Rig.Log.Take();

        Files.Write("targets/a.yml", "- { targets: [a.test:443");
        await Until(() => Set.Fault is not null);
        var since = Set.Since;
        Assert.StartsWith(Files.Path("targets/a.yml") + ":2:1: this is not valid YAML", Set.Fault, StringComparison.Ordinal);
        Assert.Single(Rig.Log.TakeShown(), line => line.Level == LogLevel.Warning && line.Text.StartsWith("catalogue does not deliver all of its targets: ", StringComparison.Ordinal));

        Files.Write("targets/b.yml", "- { targets: [c.test:443] }");
        File.Delete(Files.Path("one.json")); // without a pattern, the file has to exist
        await Until(() => Shown.Contains("c.test:443"));
        Assert.Equal(["of-file", "a.test:443", "c.test:443"], Shown);
        Assert.Equal(since, Set.Since);
        await Until(() => Set.Fault!.StartsWith(Files.Path("one.json") + " does not exist (and 1 more)", StringComparison.Ordinal) || Set.Fault.EndsWith("(and 1 more)", StringComparison.Ordinal));

        var lastGood = Set.LastSuccess;
        Files.Write("one.json", "[]");
        Files.Write("targets/a.yml", "[]");
        await Until(() => Set.Fault is null);
        Assert.Equal(["of-file", "c.test:443"], Shown);
        Assert.True(Set.LastSuccess > lastGood);

        // The unchanged state is confirmed: the time of the last success advances.
        var (targets, success) = (Set.Targets, Set.LastSuccess);
        await Until(() => Set.LastSuccess > success);
        Assert.True(targets.IsSame(Set.Targets));
    }

    [Fact]
    public async Task A_renamed_source_keeps_its_targets_while_its_file_is_broken()
    {
        Files.Write("targets/a.yml", "- { targets: [a.test:443] }");
        Files.Write("one.json", "[]");
        Start(Place);
        await Until(() => Fleet.Ready);
        Files.Write("targets/a.yml", "- { targets: [");
        await Until(() => Set.Fault is not null);

        Rig.Write(Configuration(Place).Replace("name: catalogue", "name: renamed", StringComparison.Ordinal));
        Assert.True((await Fleet.ReloadAsync()).Success);
        Assert.Equal(["of-file", "a.test:443"], Shown);
        await Until(() => Fleet.Snapshot().TargetSets.Single(set => set.Name == "renamed").Fault is not null);
        Assert.Equal(["of-file", "a.test:443"], Shown);
    }

    [Fact]
    public async Task A_source_that_is_removed_while_it_fails_is_not_reported_as_repaired()
    {
        Files.Write("one.json", "[");
        Start($"file: {{ files: [{Files.Path("one.json")}] }}");
        await Until(() => Fleet.Ready && Set.Fault is not null);
        Rig.Log.TakeShown();

        Rig.Write(FleetRig.Targets("of-file"));
        Assert.True((await Fleet.ReloadAsync()).Success);
        Assert.DoesNotContain(Rig.Log.TakeShown(), line => line.Text.Contains("again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_never_stays_the_same_is_a_fault_after_ten_seconds()
    {
        Files.Write("one.json", """[{ "targets": ["a.test:443"] }]""");
        Start($"file: {{ files: [{Files.Path("one.json")}] }}");
        await Until(() => Fleet.Ready && Shown.Contains("a.test:443"));

        var writes = 0;
        await Until(() =>
        {
            Files.Write("one.json", $"[]{new string(' ', writes++ % 50)}");
            return Set.Fault is not null;
        });
        Assert.Equal($"{Files.Path("one.json")} changes so often that it has not been the same for two reads in a row for 10 s", Set.Fault);
        Assert.Equal(["of-file", "a.test:443"], Shown);

        Files.Write("one.json", """[{ "targets": ["b.test:443"] }]""");
        await Until(() => Set.Fault is null && Shown.Contains("b.test:443"));
    }

    [Fact]
    public async Task A_missing_folder_loses_no_targets()
    {
        Files.Write("targets/a.yml", "- { targets: [a.test:443] }");
        Files.Write("one.json", "[]");
        Start(Place);
        await Until(() => Fleet.Ready);

        Directory.Move(Files.Path("targets"), Files.Path("elsewhere"));
        await Until(() => Set.Fault is not null);
        Assert.Contains("targets does not exist", Set.Fault, StringComparison.Ordinal);
        Assert.Equal(["of-file", "a.test:443"], Shown);

        Directory.Move(Files.Path("elsewhere"), Files.Path("targets"));
        await Until(() => Set.Fault is null);
        Assert.Equal(["of-file", "a.test:443"], Shown);
    }

    [Fact]
    public async Task A_device_a_pipe_and_a_broken_link_are_faults_and_other_files_are_read()
    {
        Files.Write("targets/a.yml", "- { targets: [a.test:443] }");
        Files.Write("one.json", "[]");
        File.CreateSymbolicLink(Files.Path("targets/b.yml"), "/dev/zero");
        using (var mkfifo = Process.Start("mkfifo", [Files.Path("targets/c.yml")])) await mkfifo.WaitForExitAsync();
        File.CreateSymbolicLink(Files.Path("targets/d.yml"), "missing");
        Directory.CreateDirectory(Files.Path("targets/e.yml"));
        Start(Place);
        await Until(() => Fleet.Ready);

        Assert.Equal(["of-file", "a.test:443"], Shown);
        Assert.StartsWith(Files.Path("targets/b.yml") + " is a pipe or a device", Set.Fault, StringComparison.Ordinal);
        Assert.EndsWith("(and 2 more)", Set.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_target_and_a_duplicate_name_are_left_out_and_reported_with_the_reason()
    {
        Files.Write("targets/a.yml", "- targets: [a.test, 'a b', of-file.test:443]\n  labels: { __mtlsprobe_identity: checkout }\n- { targets: [z.test:443], labels: { name: of-file } }\n");
        Files.Write("one.json", "[]");
        Start(Place);
        await Until(() => Fleet.Ready);

        Assert.Equal(["of-file", "of-file.test:443"], Shown);
        Assert.Equal(2, Set.RejectedCount);
        Assert.Equal(
            [("a.test", Files.Path("targets/a.yml") + ":1:13", "a.test.address: \"a.test\" has no port"), ("a b", Files.Path("targets/a.yml") + ":1:21", "a b.address: \"a b\" is not an address")],
            Set.Rejected.Select(rejected => (rejected.Target, rejected.Place, rejected.Problem)));
        Assert.Equal(["of-file"], Set.LeftOut);
        var lines = Rig.Log.TakeShown();
        Assert.Equal(2, lines.Count(line => line.Level == LogLevel.Warning && line.Text.StartsWith("catalogue: left out, because it cannot be probed", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.Text == "catalogue: left out, because other targets have the same names: of-file");
    }

    [Fact]
    public async Task A_reload_applies_to_known_targets_and_a_source_with_a_new_place_keeps_them_until_it_delivers()
    {
        Files.Write("targets/a.yml", "- { targets: [a.test:443], labels: { __mtlsprobe_identity: later } }\n- { targets: [b.test:443] }");
        Files.Write("one.json", "[]");
        Start(Place);
        await Until(() => Fleet.Ready);
        Assert.Equal(["of-file", "b.test:443"], Shown);

        Rig.Write(Configuration(Place, "labels: { env: prod }") + "\n");
        Assert.True((await Fleet.ReloadAsync()).Success);
        Assert.Equal("prod", Assert.Single(Rig.State("b.test:443").Target.Labels).Value);

        Directory.CreateDirectory(Files.Path("empty"));
        Rig.Write(Configuration($"file: {{ files: [{Files.Path("gone.json")}] }}"));
        Assert.True((await Fleet.ReloadAsync()).Success);
        await Until(() => Set.Fault is not null);
        Assert.Equal(["of-file", "b.test:443"], Shown);
        Files.Write("gone.json", """[{ "targets": ["c.test:443"] }]""");
        await Until(() => Set.Fault is null);
        Assert.Equal(["of-file", "c.test:443"], Shown);

        Rig.Write(FleetRig.Targets("of-file"));
        Assert.True((await Fleet.ReloadAsync()).Success);
        Assert.Equal(["of-file"], Shown);
        Assert.Single(Fleet.Snapshot().TargetSets);
    }
}
