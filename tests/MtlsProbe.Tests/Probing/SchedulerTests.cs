using Microsoft.Extensions.Logging;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Probing;

public class SchedulerTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_first_round_takes_five_seconds_and_is_spread_over_them()
    {
        await using var rig = new ScheduleRig(Fleet(1000));
        await rig.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(1000, rig.Starts.Select(start => start.Job.Key).Distinct().Count());
        var perSecond = rig.Starts.CountBy(start => Math.Min(4, (int)(start.At - rig.Begin).TotalSeconds)).Select(second => second.Value).ToList();
        Assert.Equal(5, perSecond.Count);
        Assert.All(perSecond, count => Assert.InRange(count, 150, 250));
    }

    [Fact]
    public async Task A_first_round_of_very_many_targets_takes_longer_to_limit_the_load()
    {
        await using var rig = new ScheduleRig(Fleet(10_000));
        await rig.RunFor(TimeSpan.FromSeconds(20));

        Assert.Equal(10_000, rig.Starts.Select(start => start.Job.Key).Distinct().Count());
        var perSecond = rig.Starts.CountBy(start => Math.Min(19, (int)(start.At - rig.Begin).TotalSeconds)); // timers round up to whole milliseconds
        Assert.All(perSecond, second => Assert.InRange(second.Value, 400, 600));
    }

    [Fact]
    public async Task Starts_are_spread_evenly_over_the_interval()
    {
        await using var rig = new ScheduleRig(Fleet(1000));
        await rig.RunFor(Interval * 2);
        rig.Starts.Clear();
        await rig.RunFor(Interval);

        Assert.Equal(1000, rig.Starts.Count);
        var perSecond = rig.Starts.CountBy(start => start.At.ToUnixTimeSeconds()).Select(second => second.Value).ToList();
        Assert.InRange(perSecond.Count, 30, 31);
        Assert.True(perSecond.Max() < 66, $"{perSecond.Max()} of 1000 starts in one second of 30");
    }

    [Fact]
    public async Task Starts_do_not_drift_over_a_thousand_intervals()
    {
        await using var rig = new ScheduleRig([Jobs.Job("a", 7), Jobs.Job("b", 7.3)]);
        await rig.RunFor(TimeSpan.FromSeconds(7.3 * 1002));

        foreach (var (name, interval) in new[] { ("a", 7), ("b", 7.3) })
        {
            var starts = rig.StartsOf(name).Skip(1).ToList();
            Assert.True(starts.Count >= 1000);
            for (var k = 0; k < starts.Count; k++)
                Assert.InRange((starts[k] - starts[0]).TotalSeconds, (k * interval) - 0.001, (k * interval) + 0.001); // a timer's millisecond
        }
    }

    [Fact]
    public async Task A_restart_finds_the_same_phases_again()
    {
        var jobs = Fleet(20);
        var time = new ManualTime();
        await using (var first = new ScheduleRig(jobs, time: time))
        {
            await first.RunFor(Interval * 2);
            var before = Phases(first);
            await first.StopAsync();
            time.Advance(TimeSpan.FromSeconds(12.345));
            await using var second = new ScheduleRig(jobs, time: time);
            await second.RunFor(Interval * 2);
            Assert.Equal(before, Phases(second));
        }

        static List<long> Phases(ScheduleRig rig) =>
            [.. rig.Starts.GroupBy(start => start.Job.Key.Target).OrderBy(target => target.Key).Select(starts =>
                starts.Last().At.ToUnixTimeMilliseconds() % (long)Interval.TotalMilliseconds)];
    }

    [Fact]
    public async Task The_first_probe_of_a_target_may_use_up_its_timeout_before_the_second_is_due()
    {
        await using var rig = new ScheduleRig([.. Enumerable.Range(0, 50).Select(i => Jobs.Job(Jobs.Target($"t{i}") with { Timeout = Interval * 0.9 }))]);
        await rig.RunFor(Interval * 4);

        foreach (var starts in rig.Starts.GroupBy(start => start.Job.Key.Target).Select(target => target.Select(start => start.At).ToList()))
            Assert.All(starts.Zip(starts.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, Interval * 0.9, Interval * 2));
    }

    [Fact]
    public async Task A_probe_that_still_runs_when_it_is_due_again_is_skipped_and_counted_and_never_piles_up()
    {
        await using var rig = new ScheduleRig([Jobs.Job("stuck")]);
        rig.Hold("stuck");
        await rig.RunFor(Interval * 4.5);

        Assert.Single(rig.StartsOf("stuck"));
        Assert.Equal(1, rig.Scheduler.State.InFlight);
        Assert.Equal(4, rig.Scheduler.State.Skipped);
        Assert.Equal((1, 4), (rig.Metrics.InFlight.Value, rig.Metrics.Skipped.Value));
        Assert.Single(rig.Log.TakeShown(), line => line.Level == LogLevel.Warning && line.Text.StartsWith("stuck: ", StringComparison.Ordinal) &&
            line.Text.Contains(" was still running after ", StringComparison.Ordinal));

        await rig.Release("stuck");
        Assert.Single(rig.Results);
        await rig.RunFor(Interval);
        Assert.Equal(2, rig.StartsOf("stuck").Count);
        Assert.Equal(4, rig.Scheduler.State.Skipped);
    }

    [Fact]
    public async Task Black_holes_delay_no_other_target()
    {
        await using var rig = new ScheduleRig(Fleet(1000));
        rig.Hold(Enumerable.Range(0, 300).Select(i => $"t{i}"));
        await rig.RunFor(Interval * 4);

        for (var i = 300; i < 1000; i++)
        {
            var starts = rig.StartsOf($"t{i}");
            Assert.InRange(starts.Count, 4, 5);
            Assert.All(starts.Skip(2).Zip(starts.Skip(1)), pair => Assert.Equal(Interval.TotalSeconds, (pair.First - pair.Second).TotalSeconds, 0.001));
        }

        var counted = await ReadExposition.OfAsync(rig.Metrics.Registry);
        Assert.Equal(rig.Starts.Count, counted.Series["mtlsprobe_schedule_lag_seconds_count{}"]);
        Assert.Equal(rig.Starts.Count, counted.Series["mtlsprobe_schedule_lag_seconds_bucket{le=\"0.001\"}"]);
    }

    [Fact]
    public async Task A_probe_that_blocks_its_thread_does_not_delay_the_schedule()
    {
        using var gate = new ManualResetEventSlim();
        await using var rig = new ScheduleRig([Jobs.Job("blocker"), Jobs.Job("other")]);
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.OnStart = job =>
        {
            if (job.Key.Target != "blocker" || rig.StartsOf("blocker").Count > 1) return;
            blocked.SetResult();
            gate.Wait();
        };
        try
        {
            rig.Time.Advance(TimeSpan.FromSeconds(5));
            await blocked.Task;
            while (rig.Results.IsEmpty || rig.Scheduler.State.InFlight > 1) await Task.Yield(); // its slot is free a moment after its result is there
            rig.Time.Advance(Interval * 1.5);

            while (rig.StartsOf("other").Count < 2) await Task.Yield();
            Assert.Single(rig.StartsOf("blocker"));
        }
        finally
        {
            gate.Set();
        }

        await rig.Settled();
    }

    [Fact]
    public async Task Many_targets_at_one_endpoint_queue_and_delay_no_other_endpoint()
    {
        var crowd = Enumerable.Range(0, 10).Select(i => Jobs.Job($"crowd{i}", address: "shared.test:443")).ToList();
        await using var rig = new ScheduleRig([.. crowd, Jobs.Job("other")], new SchedulerLimits(Total: 6, PerEndpoint: 4));
        rig.Hold(crowd.Select(job => job.Key.Target));
        await rig.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(4, rig.Starts.Count(start => start.Job.Key.Address == "shared.test:443"));
        Assert.Single(rig.StartsOf("other"));
        Assert.Equal(4, rig.Scheduler.State.InFlight);

        var first = rig.Starts.First(start => start.Job.Key.Address == "shared.test:443").Job.Key.Target;
        await rig.Release(first);
        Assert.Equal(5, rig.Starts.Count(start => start.Job.Key.Address == "shared.test:443"));
        Assert.Equal(4, rig.Scheduler.State.InFlight);
    }

    [Fact]
    public async Task Targets_that_wait_after_their_handshakes_delay_nobody_at_their_endpoint()
    {
        var crowd = Enumerable.Range(0, 10).Select(i => Jobs.Job($"crowd{i}", address: "shared.test:443")).ToList();
        await using var rig = new ScheduleRig(crowd, new SchedulerLimits(Total: 8, PerEndpoint: 2) { WaitingPerEndpoint = 8 }) { HandshakesAreOverAtOnce = true };
        rig.Hold(crowd.Select(job => job.Key.Target));
        await rig.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(8, rig.Starts.Count);
        Assert.Equal(8, rig.Scheduler.State.InFlight);

        await rig.Release(rig.Starts.First().Job.Key.Target);
        Assert.Equal(9, rig.Starts.Count);
    }

    [Fact]
    public async Task A_server_that_never_answers_does_not_occupy_every_place()
    {
        var crowd = Enumerable.Range(0, 20).Select(i => Jobs.Job($"crowd{i}", address: "shared.test:443")).ToList();
        await using var rig = new ScheduleRig([.. crowd, Jobs.Job("other")], new SchedulerLimits(Total: 8, PerEndpoint: 2) { WaitingPerEndpoint = 3 }) { HandshakesAreOverAtOnce = true };
        rig.Hold(crowd.Select(job => job.Key.Target));
        await rig.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(5, rig.Starts.Count(start => start.Job.Key.Address == "shared.test:443")); // 3 wait, 2 keep their slots at the endpoint
        Assert.Single(rig.StartsOf("other"));
    }

    [Fact]
    public async Task No_more_probes_run_at_once_than_the_limit_allows_and_waiting_ones_come_next()
    {
        await using var rig = new ScheduleRig(Fleet(10), new SchedulerLimits(Total: 3));
        rig.Hold(Enumerable.Range(0, 10).Select(i => $"t{i}"));
        await rig.RunFor(TimeSpan.FromSeconds(6));
        Assert.Equal(3, rig.Starts.Count);

        for (var ended = 1; ended <= 10; ended++)
        {
            await rig.Release(rig.Starts.ElementAt(ended - 1).Job.Key.Target);
            Assert.Equal(Math.Min(10, 3 + ended), rig.Starts.Count);
        }

        Assert.Equal(10, rig.Results.Count);
        Assert.Equal(0, rig.Metrics.InFlight.Value);
        Assert.True(rig.Metrics.ScheduleLag.Sum > 0, "the wait for a place is part of the lag");
    }

    [Fact]
    public async Task A_probe_that_throws_is_reported_as_an_internal_fault_and_runs_again()
    {
        await using var rig = new ScheduleRig([Jobs.Job("broken"), Jobs.Job("other")]);
        rig.OnStart = job =>
        {
            if (job.Key.Target == "broken") throw new InvalidOperationException("boom");
        };
        await rig.RunFor(Interval * 3);

        Assert.InRange(rig.StartsOf("broken").Count, 3, 4);
        Assert.InRange(rig.StartsOf("other").Count, 3, 4);
        Assert.All(
            rig.Results.Where(result => result.Job.Key.Target == "broken"),
            result => Assert.Equal((Outcome.Failed, Reasons.InternalFault), (result.Result.Outcome, result.Result.Failure!.Reason)));
        Assert.Contains(rig.Log.TakeShown(), line => line.Level == LogLevel.Error && line.Text.Contains("boom", StringComparison.Ordinal));
        Assert.Equal(0, rig.Scheduler.State.InFlight);
    }

    [Fact]
    public async Task A_step_of_the_wall_clock_neither_stops_nor_speeds_up_the_schedule()
    {
        await using var rig = new ScheduleRig([Jobs.Job("a")]);
        await rig.RunFor(Interval * 2);
        var before = rig.Starts.Count;
        rig.Time.StepWallClock(TimeSpan.FromDays(-1));
        await rig.RunFor(Interval * 2);
        rig.Time.StepWallClock(TimeSpan.FromDays(2));
        await rig.RunFor(Interval * 2);
        Assert.Equal(before + 4, rig.Starts.Count);
    }

    [Fact]
    public async Task Ten_thousand_targets_need_one_timer()
    {
        await using var rig = new ScheduleRig(Fleet(10_000));
        Assert.Equal(1, rig.Time.ArmedTimers);
    }

    private static List<ProbeJob> Fleet(int count) => [.. Enumerable.Range(0, count).Select(i => Jobs.Job($"t{i}"))];
}
