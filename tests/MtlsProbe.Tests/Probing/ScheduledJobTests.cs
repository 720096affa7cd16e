using FsCheck;
using FsCheck.Fluent;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

/// <summary>Properties of the starts of any job, whatever its name, its interval and the time.</summary>
public class ScheduledJobTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 11, 20, 18, 0, 0, TimeSpan.Zero);

    private static readonly Arbitrary<(int Name, int Interval, int Timeout, int Now)> s_cases =
        (from name in Gen.Choose(0, 1_000_000)
         from interval in Gen.Choose(1_000, 86_400_000)
         from timeout in Gen.OneOf(Gen.Constant(interval), Gen.Choose(100, interval))
         from now in Gen.Choose(0, 1_000_000_000)
         select (name, interval, timeout, now)).ToArbitrary();

    [Fact]
    public void The_first_start_lies_within_the_spread_and_within_the_interval()
    {
        Check((job, interval, now) =>
        {
            job.StartWithin(TimeSpan.FromSeconds(5), now);
            var wait = job.Due - now;
            return wait >= TimeSpan.Zero && wait <= TimeSpan.FromSeconds(5) && wait <= interval;
        });
    }

    [Fact]
    public void Regular_starts_are_exactly_one_interval_apart_however_late_the_timer_is()
    {
        Check((job, interval, now) =>
        {
            job.Reschedule(now);
            return Enumerable.Range(0, 20).All(lateness =>
            {
                var due = job.Due;
                job.MoveOn(due + (interval * (lateness / 21.0)));
                return job.Due == due + interval;
            });
        });
    }

    [Fact]
    public void The_second_start_leaves_the_first_probe_its_timeout_and_comes_within_two_intervals()
    {
        Check((job, interval, now) =>
        {
            job.StartWithin(TimeSpan.FromSeconds(5), now);
            var first = job.Due;
            job.MoveOn(first);
            return job.Due - first >= job.Job.Target.Timeout && job.Due - first >= interval / 2 && job.Due - first <= interval * 2;
        });
    }

    [Fact]
    public void Missed_starts_are_not_repeated()
    {
        Check((job, interval, now) =>
        {
            job.Reschedule(now);
            var (due, late) = (job.Due, job.Due + (interval * 100.25));
            job.MoveOn(late);
            return job.Due == due + (interval * 101);
        });
    }

    private static void Check(Func<ScheduledJob, TimeSpan, DateTimeOffset, bool> holds) =>
        Prop.ForAll(s_cases, c =>
        {
            var target = Jobs.Target($"t{c.Name}") with { Interval = TimeSpan.FromMilliseconds(c.Interval), Timeout = TimeSpan.FromMilliseconds(c.Timeout) };
            var job = new ScheduledJob(Jobs.Job(target));
            return holds(job, job.Job.Target.Interval, Epoch.AddMilliseconds(c.Now));
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500));
}
