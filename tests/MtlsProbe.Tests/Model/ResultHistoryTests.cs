using System.Runtime.CompilerServices;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Model;

public class ResultHistoryTests
{
    private static readonly Target s_target = Samples.Target();

    private int _probes;

    [Fact]
    public void The_last_fifty_results_are_kept_one_by_one_oldest_first()
    {
        var history = After(ResultHistory.Empty, Samples.Accepted, 30);
        history = After(history, Samples.Rejected, 40);

        Assert.Equal(50, history.Recent.Length);
        Assert.Equal(Enumerable.Range(20, 50).Select(Time), history.Recent.Select(result => result.At));
        Assert.Equal(10, history.Recent.Count(result => result.Outcome == Outcome.Accepted && result.Reason is null && result.Alert is null));
        Assert.Equal(40, history.Recent.Count(result => result is { Outcome: Outcome.Rejected, Alert.Code: 45 } && result.Reason == Reasons.CertificateExpired));
        Assert.All(history.Recent, result => Assert.True(result.Duration is 0.0175 or 0.0155));
        Assert.Empty(history.Earlier);
    }

    [Fact]
    public void Failures_are_kept_longer_than_successes_as_runs()
    {
        var history = After(ResultHistory.Empty, Samples.Rejected, 3);
        history = After(history, Samples.Accepted, 2);
        history = After(history, Samples.Rejected, 1);
        history = After(history, Samples.Refused, 2);
        history = After(history, Samples.Accepted, 50);

        Assert.All(history.Recent, result => Assert.Null(result.Reason));
        Assert.Equal(
            [
                new FailureRun(Time(0), Time(2), 3, Outcome.Rejected, Reasons.CertificateExpired, new Alert(45)),
                new FailureRun(Time(5), Time(5), 1, Outcome.Rejected, Reasons.CertificateExpired, new Alert(45)),
                new FailureRun(Time(6), Time(7), 2, Outcome.Failed, Reasons.ConnectionRefused, null),
            ],
            history.Earlier);
    }

    [Fact]
    public void A_lasting_failure_is_one_run_and_does_not_displace_earlier_ones()
    {
        var history = After(ResultHistory.Empty, Samples.Refused, 1);
        history = After(history, Samples.Rejected, 10_000);

        Assert.Equal([1, 10_000 - 50], history.Earlier.Select(run => run.Count));
        Assert.Equal(Time(1), history.Earlier[1].From);
    }

    [Fact]
    public void A_series_that_flaps_for_ever_keeps_the_last_runs_within_a_bound()
    {
        var history = ResultHistory.Empty;
        for (var i = 0; i < 500; i++) history = After(After(history, Samples.Rejected, 1), Samples.Accepted, 1);

        Assert.Equal(ResultHistory.Window, history.Recent.Length);
        Assert.Equal(ResultHistory.Runs, history.Earlier.Count);
        Assert.Equal(history.Recent[0].At.AddSeconds(-60), history.Earlier[^1].To);
    }

    [Fact]
    public void A_history_that_was_taken_does_not_change()
    {
        var before = After(ResultHistory.Empty, Samples.Rejected, 60);
        var (recent, earlier) = (before.Recent, before.Earlier);
        After(before, Samples.Accepted, 5);

        Assert.Equal(recent.Select(result => result.At), before.Recent.Select(result => result.At));
        Assert.Equal(earlier, before.Earlier);
    }

    [Fact]
    public void A_past_result_takes_no_more_room_than_its_comment_says() => Assert.Equal(12, Unsafe.SizeOf<PastResult>());

    [Fact]
    public void Every_reason_outcome_and_alert_is_remembered_as_it_was()
    {
        var at = new DateTimeOffset(2999, 12, 31, 23, 59, 59, 999, TimeSpan.Zero);
        foreach (var (i, reason) in Reasons.All.Index())
        {
            Alert? alert = i % 3 == 0 ? null : new Alert((byte)(255 - i));
            var outcome = (Outcome)(i % Enum.GetValues<Outcome>().Length);
            var past = PastResult.Of(Samples.Refused(Samples.Target()) with { At = at, Outcome = outcome, Failure = new Failure(Phase.Confirm, reason, alert, "") });
            Assert.Equal((at, outcome, reason, alert), (past.At, past.Outcome, past.Reason, past.Alert));
        }
    }

    [Fact]
    public void Times_and_durations_are_remembered_as_they_were_however_irregular()
    {
        var random = new Random(7);
        var (history, at) = (ResultHistory.Empty, Samples.Now);
        List<PastResult> expected = [];
        for (var i = 0; i < 400; i++)
        {
            // The clock is set back sometimes, and some probes take hours.
            at += TimeSpan.FromMilliseconds(random.Next(20) == 0 ? random.NextInt64(-86_400_000, 86_400_000) : random.Next(14_000, 16_000));
            var result = (random.Next(3) == 0 ? Samples.Rejected(s_target) : Samples.Accepted(s_target)) with
            {
                At = at, Timings = new Timings { Total = random.Next(10) == 0 ? random.NextDouble() * 86_400 : random.Next(1, 60_000_000) / 1e6 },
            };
            history = history.With(result);
            expected.Add(PastResult.Of(result));
            Assert.Equal(expected.TakeLast(ResultHistory.Window).Select(Values), history.Recent.Select(Values));
        }

        static (DateTimeOffset, double, Outcome, Reason?, Alert?) Values(PastResult past) => (past.At, past.Duration, past.Outcome, past.Reason, past.Alert);
    }

    [Fact]
    public void A_series_at_regular_times_takes_no_more_room_than_its_comment_says()
    {
        var random = new Random(7);
        var history = ResultHistory.Empty;
        var result = Samples.Accepted(s_target);
        for (var i = 0; i < 2 * ResultHistory.Window; i++) history = history.With(result with { At = Samples.Now.AddSeconds(15 * i).AddMilliseconds(random.Next(8)), Timings = new Timings { Total = 0.6 + (random.NextDouble() / 100) } });

        var next = result with { At = Samples.Now.AddSeconds(15 * 2 * ResultHistory.Window) };
        var before = GC.GetAllocatedBytesForCurrentThread();
        var after = history.With(next);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 300);
        GC.KeepAlive(after);
    }

    private ResultHistory After(ResultHistory history, Func<Target, ProbeResult> result, int times)
    {
        for (var i = 0; i < times; i++) history = history.With(result(s_target) with { At = Time(_probes++) });
        return history;
    }

    private static DateTimeOffset Time(int probe) => Samples.Now.AddSeconds(30 * probe);
}
