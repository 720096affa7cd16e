using FsCheck;
using FsCheck.Fluent;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

public class StartQueueTests
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 20, 18, 0, 0, TimeSpan.Zero);

    [Fact]
    public void After_any_additions_moves_and_removals_the_first_is_the_one_that_is_due_first()
    {
        // Each number is an event for one of eight jobs: it is removed and another replaces it, or its start moves by some seconds.
        var events = Gen.Choose(0, 9999).ArrayOf().Resize(3000).ToArbitrary();
        Prop.ForAll(events, all =>
        {
            var queue = new StartQueue();
            var jobs = new ScheduledJob[8];
            for (var i = 0; i < jobs.Length; i++) Come(i, i);
            foreach (var number in all)
            {
                var which = number % jobs.Length;
                if (number % 7 == 0)
                {
                    jobs[which].Remove();
                    Come(which, number);
                }
                else
                {
                    jobs[which].MoveOn(Begin.AddSeconds(number));
                    queue.Put(jobs[which]);
                }

                if (queue.First!.Due != jobs.Min(job => job.Due)) return false;
            }

            foreach (var job in jobs) job.Remove();
            return queue.First is null;

            void Come(int place, int number)
            {
                jobs[place] = new ScheduledJob(Jobs.Job($"t{place}-{number}"));
                jobs[place].StartWithin(TimeSpan.FromSeconds(30), Begin.AddSeconds(number));
                queue.Put(jobs[place]);
            }
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(100));
    }
}
