using MtlsProbe.Readiness;

namespace MtlsProbe.Tests.Readiness;

public sealed class EventLoopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_is_posted_from_any_thread_runs_on_the_thread_of_the_loop_in_order()
    {
        var loop = EventLoop.Next();
        var thread = await RunAsync(loop, () => Thread.CurrentThread);
        var seen = new List<int>();
        for (var i = 0; i < 1000; i++)
        {
            var number = i;
            loop.Post(() => seen.Add(number));
            if (i % 100 == 0) await Task.Yield();
        }

        Assert.Same(thread, await RunAsync(loop, () => Thread.CurrentThread));
        Assert.Equal(Enumerable.Range(0, 1000), seen);
    }

    [Fact]
    public async Task A_loop_that_waits_is_woken_by_each_post_and_by_each_timer_that_is_due_before_the_others()
    {
        var loop = EventLoop.Next();
        for (var i = 0; i < 200; i++)
        {
            await RunAsync(loop, () => i); // hangs if one is lost
            var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var timer = new LoopTimer(loop, _ => fired.SetResult(), null);
            timer.Change(TimeSpan.FromTicks(i), Timeout.InfiniteTimeSpan);
            await fired.Task.WaitAsync(Patience);
        }
    }

    [Fact]
    public async Task A_timer_fires_once_not_before_its_time_and_not_after_it_was_disposed_of()
    {
        var (count, late) = (0, new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously));
        var time = LoopTime.Of(TimeProvider.System);
        var start = time.GetTimestamp();
        using var timer = time.CreateTimer(
            _ =>
            {
                count++;
                late.TrySetResult(time.GetElapsedTime(start));
            },
            null, TimeSpan.FromMilliseconds(30), Timeout.InfiniteTimeSpan);
        var never = time.CreateTimer(_ => count += 100, null, TimeSpan.FromMilliseconds(40), Timeout.InfiniteTimeSpan);
        await never.DisposeAsync();

        Assert.True(await late.Task.WaitAsync(Patience) >= TimeSpan.FromMilliseconds(30));
        await Task.Delay(TimeSpan.FromMilliseconds(50), time);
        Assert.Equal(1, count);
    }

    [Fact]
    public async Task A_timer_that_was_disposed_of_cannot_be_set_again()
    {
        var fired = 0;
        var timer = new LoopTimer(EventLoop.Next(), _ => fired++, null);
        await timer.DisposeAsync();

        Assert.False(timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        await Task.Delay(TimeSpan.FromMilliseconds(20), LoopTime.Of(TimeProvider.System));
        Assert.Equal(0, fired);
    }

    [Fact]
    public async Task What_begins_on_a_loop_stays_there()
    {
        var loop = EventLoop.Next();
        var thread = await RunAsync(loop, () => Thread.CurrentThread);
        Assert.Same(loop, await RunAsync(loop, () => EventLoop.Current));

        var woken = new TaskCompletionSource<Thread>(TaskCreationOptions.RunContinuationsAsynchronously);
        await RunAsync(loop, () => LoopTime.Of(TimeProvider.System).CreateTimer(_ => woken.SetResult(Thread.CurrentThread), null, TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan));
        Assert.Same(thread, await woken.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_probe_that_computes_for_long_does_not_delay_a_timer_of_the_loop_without_probes()
    {
        var loops = new HashSet<EventLoop>();
        while (loops.Count < Math.Min(Environment.ProcessorCount, 8)) loops.Add(EventLoop.Next()); // other tests take some too
        using var computing = new CountdownEvent(loops.Count);
        using var fired = new ManualResetEventSlim();
        var blocked = loops.Select(loop => RunAsync(loop, () => computing.Signal() | fired.Wait(Patience))).ToList();
        Assert.True(computing.Wait(Patience));
        using var timer = LoopTime.WithoutProbes(TimeProvider.System).CreateTimer(_ => fired.Set(), null, TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);

        Assert.All(await Task.WhenAll(blocked), Assert.True);
    }

    [Fact]
    public void Only_the_clock_of_the_system_has_timers_of_the_loops()
    {
        var other = new ManualTime();
        Assert.Same(other, LoopTime.Of(other));
        Assert.Same(other, LoopTime.WithoutProbes(other));
        Assert.NotSame(TimeProvider.System, LoopTime.Of(TimeProvider.System));
        Assert.NotSame(TimeProvider.System, LoopTime.WithoutProbes(TimeProvider.System));
    }

    private static async Task<T> RunAsync<T>(EventLoop loop, Func<T> action)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() => done.SetResult(action()));
        return await done.Task.WaitAsync(2 * Patience);
    }
}
