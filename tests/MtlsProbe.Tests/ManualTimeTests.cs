namespace MtlsProbe.Tests;

public class ManualTimeTests
{
    [Fact]
    public void Timers_fire_in_the_order_of_their_due_times_and_see_the_clock_at_that_time()
    {
        var time = new ManualTime();
        var start = time.GetUtcNow();
        List<string> fired = [];
        using var late = time.CreateTimer(_ => fired.Add($"late {(time.GetUtcNow() - start).TotalSeconds}"), null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        using var periodic = time.CreateTimer(_ => fired.Add($"tick {(time.GetUtcNow() - start).TotalSeconds}"), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        time.Advance(TimeSpan.FromSeconds(6.5));

        Assert.Equal(["tick 2", "tick 4", "late 5", "tick 6"], fired);
        Assert.Equal(TimeSpan.FromSeconds(6.5), time.GetElapsedTime(0));
    }

    [Fact]
    public async Task Delays_and_cancellations_follow_the_clock()
    {
        var time = new ManualTime();
        using var cancellation = new CancellationTokenSource(TimeSpan.FromSeconds(3), time);
        var delay = Task.Delay(TimeSpan.FromSeconds(2), time, CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(delay.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await delay;
        Assert.False(cancellation.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(cancellation.IsCancellationRequested);
    }
}
