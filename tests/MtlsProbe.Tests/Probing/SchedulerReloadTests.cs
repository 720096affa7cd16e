using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

public class SchedulerReloadTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Unchanged_jobs_keep_their_phase_and_their_current_probe()
    {
        await using var rig = new ScheduleRig([Jobs.Job("a"), Jobs.Job("gone")]);
        await rig.RunFor(Interval * 2.4);
        rig.Hold("a");
        await rig.RunFor(Interval);
        Assert.Equal(1, rig.Scheduler.State.InFlight);

        rig.Apply([Jobs.Job("new"), Jobs.Job("a")]);
        Assert.Empty(rig.Cancelled);
        await rig.Release("a");
        await rig.RunFor(Interval * 2);

        var starts = rig.StartsOf("a").Skip(1).ToList();
        Assert.All(starts.Skip(1).Zip(starts), pair => Assert.Equal(Interval.TotalSeconds, (pair.First - pair.Second).TotalSeconds, 0.001));
        Assert.Equal(rig.StartsOf("a").Count, rig.Results.Count(result => result.Job.Key.Target == "a"));
    }

    [Fact]
    public async Task A_removed_job_is_cancelled_and_runs_no_more()
    {
        await using var rig = new ScheduleRig([Jobs.Job("gone"), Jobs.Job("stays")]);
        rig.Hold("gone");
        await rig.RunFor(TimeSpan.FromSeconds(5));

        rig.Apply([Jobs.Job("stays")]);
        while (rig.Cancelled.IsEmpty) await Task.Yield();
        await rig.RunFor(Interval * 3);
        Assert.Single(rig.StartsOf("gone"));
        Assert.DoesNotContain(rig.Results, result => result.Job.Key.Target == "gone");
        Assert.Equal(0, rig.Scheduler.State.InFlight);
        Assert.Equal(0, rig.Scheduler.State.Skipped);
    }

    [Fact]
    public async Task The_result_of_a_removed_job_that_ignores_its_cancellation_is_dropped()
    {
        await using var rig = new ScheduleRig([Jobs.Job("deaf")]);
        rig.HeldProbesObeyCancellation = false;
        rig.Hold("deaf");
        await rig.RunFor(TimeSpan.FromSeconds(5));
        rig.Apply([]);
        await rig.Release("deaf");
        Assert.Empty(rig.Results);
    }

    [Fact]
    public async Task New_jobs_start_within_five_seconds()
    {
        await using var rig = new ScheduleRig([Jobs.Job("a")]);
        await rig.RunFor(Interval);
        rig.Apply([Jobs.Job("a"), Jobs.Job("b"), Jobs.Job("c")]);
        await rig.RunFor(TimeSpan.FromSeconds(5));
        Assert.Single(rig.StartsOf("b"));
        Assert.Single(rig.StartsOf("c"));
    }

    [Fact]
    public async Task A_target_with_another_handshake_starts_anew()
    {
        var target = Jobs.Target("a");
        await using var rig = new ScheduleRig([Jobs.Job(target)]);
        rig.Hold("a");
        await rig.RunFor(TimeSpan.FromSeconds(5));

        rig.Apply([Jobs.Job(target with { ServerName = "other.test" })]);
        while (rig.Cancelled.IsEmpty) await Task.Yield();
        await rig.Release("a");
        Assert.Empty(rig.Results);
        await rig.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal("other.test", Assert.Single(rig.Results).Job.Target.ServerName);
    }

    [Fact]
    public async Task Another_interval_takes_effect_from_now_on_and_does_not_affect_the_current_probe()
    {
        var target = Jobs.Target("a", 3600);
        await using var rig = new ScheduleRig([Jobs.Job(target)]);
        rig.Hold("a");
        await rig.RunFor(TimeSpan.FromSeconds(5));

        rig.Apply([Jobs.Job(target with { Interval = TimeSpan.FromSeconds(10), Labels = [new Label("team", "money")] })]);
        await rig.Release("a");
        Assert.Single(rig.Results);
        await rig.RunFor(TimeSpan.FromSeconds(100));
        Assert.InRange(rig.StartsOf("a").Count, 10, 11);
        Assert.Equal("money", rig.Results.Last().Job.Target.Labels[0].Value);
    }

    [Fact]
    public async Task Stop_cancels_the_current_probes()
    {
        await using var rig = new ScheduleRig([Jobs.Job("a"), Jobs.Job("b")]);
        rig.Hold("a", "b");
        await rig.RunFor(TimeSpan.FromSeconds(5));
        await rig.StopAsync();

        Assert.Equal(2, rig.Cancelled.Count);
        Assert.Equal(0, rig.Scheduler.State.InFlight);
        Assert.Empty(rig.Results);
    }

    [Fact]
    public async Task Stop_waits_a_few_seconds_at_most_for_a_probe_that_does_not_end()
    {
        await using var rig = new ScheduleRig([Jobs.Job("deaf")]);
        rig.HeldProbesObeyCancellation = false;
        rig.Hold("deaf");
        await rig.RunFor(TimeSpan.FromSeconds(5));

        var stopped = rig.StopAsync();
        while (rig.Time.UntilNextTimer != TimeSpan.FromSeconds(2.5)) await Task.Yield();
        Assert.False(stopped.IsCompleted);
        rig.Time.Advance(TimeSpan.FromSeconds(2.5));
        await stopped;
        Assert.Contains(rig.Log.TakeShown(), line => line.Text.StartsWith("1 probes did not stop", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Jobs_that_are_expedited_start_within_five_seconds_and_return_to_their_phase()
    {
        await using var rig = new ScheduleRig([Jobs.Job("a", interval: 3600), Jobs.Job("b", interval: 3600)]);
        await rig.RunFor(TimeSpan.FromMinutes(100));
        var (a, b) = (rig.StartsOf("a").Count, rig.StartsOf("b").Count);
        rig.Scheduler.Expedite(job => job.Key.Target == "a");
        await rig.RunFor(Scheduler.FirstRound);
        Assert.Equal((a + 1, b), (rig.StartsOf("a").Count, rig.StartsOf("b").Count));

        await rig.RunFor(TimeSpan.FromHours(3));
        var starts = rig.StartsOf("a");
        Assert.Equal(0, (starts[^1] - starts[^2]).TotalSeconds % 3600, 0.001);
        Assert.Equal(0, (starts[^1] - starts[1]).TotalSeconds % 3600, 0.001);
        Assert.Equal(0, rig.Scheduler.State.Skipped);
    }

    [Fact]
    public async Task A_job_that_is_expedited_during_its_probe_starts_again_when_that_has_ended()
    {
        await using var rig = new ScheduleRig([Jobs.Job("a", interval: 3600)]);
        rig.Hold("a");
        await rig.RunFor(Scheduler.FirstRound);
        Assert.Single(rig.StartsOf("a"));

        rig.Scheduler.Expedite(_ => true);
        await rig.RunFor(Scheduler.FirstRound);
        Assert.Single(rig.StartsOf("a"));
        await rig.Release("a");
        await rig.RunFor(Scheduler.FirstRound);
        Assert.Equal(2, rig.StartsOf("a").Count);

        await rig.RunFor(TimeSpan.FromMinutes(5));
        Assert.Equal(2, rig.StartsOf("a").Count); // once
        Assert.Equal(0, rig.Scheduler.State.Skipped);
        Assert.Empty(rig.Log.TakeShown());
    }

    [Fact]
    public async Task The_slots_of_an_identity_are_probed_half_an_interval_apart()
    {
        var target = Jobs.Target("a");
        await using var rig = new ScheduleRig([.. ProbePlan.For(target, nextIsStaged: _ => true, Replicas.AsConfigured)]);
        await rig.RunFor(target.Interval * 4);
        var starts = rig.StartsOf("a").TakeLast(4).ToList();
        Assert.All(starts.Skip(1).Zip(starts), pair => Assert.Equal(target.Interval.TotalSeconds / 2, (pair.First - pair.Second).TotalSeconds, 0.002));
    }
}
