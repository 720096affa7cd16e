using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

public sealed class FleetTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_good_reload_is_taken_whole_and_keeps_what_did_not_change()
    {
        using var fleet = Start("a", "b");
        await RunUntilReady(fleet, async () =>
        {
            Write("b", "c");
            Assert.True((await fleet.ReloadAsync()).Success);

            var snapshot = fleet.Snapshot();
            Assert.Equal(["b", "c"], snapshot.Targets.Select(target => target.Name));
            Assert.Equal(["b", "c"], snapshot.Handshakes.Select(handshake => handshake.Key.Target));
            Assert.Equal(1, snapshot.Handshakes[0].Outcomes[(int)Outcome.Accepted]);
            Assert.Null(snapshot.Handshakes[1].Last);
            Assert.True(fleet.Ready);
        });
    }

    [Fact]
    public async Task A_bad_reload_changes_nothing_and_says_everything_that_is_wrong()
    {
        using var fleet = Start("a");
        var before = fleet.Snapshot();
        _time.Advance(TimeSpan.FromMinutes(1));
        await File.WriteAllTextAsync(_file, "targets:\n  - { name: a, adress: x }\n  - { name: a, address: 'h:1', interval: 0s }\n");

        var outcome = await fleet.ReloadAsync();

        Assert.False(outcome.Success);
        Assert.True(outcome.Errors.Count >= 2);
        var after = fleet.Snapshot();
        Assert.Equal(before.Targets, after.Targets);
        Assert.Equal(new ReloadState(false, before.Reload.LastSuccess), after.Reload);

        Write("a");
        Assert.True((await fleet.ReloadAsync()).Success);
        Assert.Equal(new ReloadState(true, _time.GetUtcNow()), fleet.Snapshot().Reload);
    }

    [Fact]
    public async Task A_changed_file_is_taken_without_being_asked()
    {
        using var fleet = Start("a");
        await RunUntilReady(fleet, async () =>
        {
            Write("a", "b");
            while (fleet.Configuration.Targets.Count < 2)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }
        });
    }

    [Fact]
    public async Task A_probe_on_demand_moves_no_counter()
    {
        using var fleet = Start("a");
        var result = await fleet.ProbeNowAsync(fleet.Configuration.Targets[0], TimeSpan.FromSeconds(1), default);
        Assert.True(result.Success);
        Assert.All(fleet.Snapshot().Handshakes[0].Outcomes, count => Assert.Equal(0, count));
    }

    public void Dispose() => File.Delete(_file);

    private Fleet Start(params string[] targets)
    {
        Write(targets);
        var configuration = ConfigurationFile.Load(_file).Configuration!;
        return new Fleet(
            _file, configuration, (job, _, _) => Task.FromResult(Jobs.Accepted(job, _time.GetUtcNow())),
            new MaterialStore(_time, NullLogger<MaterialStore>.Instance), new BuildInfo("1", "r", "net", "ssl"), _time, NullLoggerFactory.Instance);
    }

    private void Write(params string[] targets) =>
        File.WriteAllText(_file, "targets:\n" + string.Concat(targets.Select(name => $"  - {{ name: {name}, address: '{name}.test:443' }}\n")));

    private async Task RunUntilReady(Fleet fleet, Func<Task> then)
    {
        using var stop = new CancellationTokenSource();
        var running = fleet.RunAsync(stop.Token);
        while (!fleet.Ready)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await then();
        await stop.CancelAsync();
        await running;
    }
}
