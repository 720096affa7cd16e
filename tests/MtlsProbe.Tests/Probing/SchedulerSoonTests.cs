namespace MtlsProbe.Tests.Probing;

public class SchedulerSoonTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_chosen_jobs_start_at_once_and_the_others_when_they_are_due()
    {
        await using var rig = new ScheduleRig([Jobs.Job("a"), Jobs.Job("b")]);
        await rig.RunFor(Interval * 2.2);
        var (a, b) = (rig.StartsOf("a").Count, rig.StartsOf("b").Count);

        var done = rig.Scheduler.RunSoonAsync(job => job.Key.Target == "a");
        await rig.RunFor(TimeSpan.FromMilliseconds(1));
        Assert.True(await done!);

        Assert.Equal((a + 1, b), (rig.StartsOf("a").Count, rig.StartsOf("b").Count));
        Assert.Equal("a", rig.Results.Last().Job.Key.Target);
    }

    [Fact]
    public async Task A_current_probe_does_not_count_and_the_one_after_it_does()
    {
        await using var rig = new ScheduleRig([Jobs.Job("a")]);
        rig.Hold("a");
        await rig.RunFor(TimeSpan.FromSeconds(5));

        var done = rig.Scheduler.RunSoonAsync(_ => true);
        rig.Hold(); // nothing new is held
        await rig.Release("a");
        Assert.False(done!.IsCompleted);

        await rig.RunFor(TimeSpan.FromMilliseconds(1));
        Assert.True(await done);
        Assert.Equal(2, rig.StartsOf("a").Count);
    }

    [Fact]
    public async Task After_that_the_job_continues_at_its_regular_times()
    {
        await using var rig = new ScheduleRig([Jobs.Job("a")]);
        await rig.RunFor(Interval * 2.2);
        var regular = rig.StartsOf("a")[^1];
        _ = rig.Scheduler.RunSoonAsync(_ => true);
        await rig.RunFor(Interval * 4);

        var after = rig.StartsOf("a").Where(start => start > regular + Interval).ToList();
        Assert.True(after.Count >= 2);
        Assert.All(after.Take(2), start => Assert.Equal(0, (start - regular).TotalSeconds % Interval.TotalSeconds, 0.002));
        Assert.Equal(0, rig.Scheduler.State.Skipped);
    }

    [Fact]
    public async Task A_waiter_for_a_job_that_is_no_longer_planned_stops_waiting()
    {
        await using var rig = new ScheduleRig([Jobs.Job("a"), Jobs.Job("held")]);
        rig.Hold("held");
        await rig.RunFor(TimeSpan.FromSeconds(5));
        var ofBoth = rig.Scheduler.RunSoonAsync(_ => true);
        Assert.False(ofBoth!.IsCompleted);

        rig.Apply([]);

        Assert.False(await ofBoth); // one of them was never made
        Assert.Null(rig.Scheduler.RunSoonAsync(_ => true));
    }

    [Theory]
    [InlineData(100, 100, 100)]
    [InlineData(1000, 70, 130)]
    public async Task A_hundred_start_at_once_and_then_a_hundred_each_second(int count, int least, int most)
    {
        await using var rig = new ScheduleRig([.. Enumerable.Range(0, count).Select(i => Jobs.Job($"t{i}", interval: 3600))]);
        await rig.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(count, rig.Starts.Count);

        var done = rig.Scheduler.RunSoonAsync(_ => true)!;
        await rig.RunFor(count == 100 ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromSeconds(1));
        Assert.InRange(rig.Starts.Count - count, least, most);

        await rig.RunFor(TimeSpan.FromSeconds(10));
        Assert.True(await done);
        Assert.Equal(2 * count, rig.Starts.Count);
    }
}
