using MtlsProbe.Loops;

namespace MtlsProbe.Tests.Loops;

public sealed class OwnThreadsTests
{
    [Fact]
    public async Task A_fixed_number_of_tasks_is_in_progress_and_the_others_wait_without_a_thread()
    {
        var threads = new OwnThreads(2, "two");
        using var gate = new ManualResetEventSlim();
        using var begun = new CountdownEvent(2);
        var names = new HashSet<string?>();
        var work = Enumerable.Range(0, 5).Select(i => threads.RunAsync(
            () =>
            {
                lock (names) names.Add($"{Thread.CurrentThread.Name} {Environment.CurrentManagedThreadId}");
                if (i < 2) begun.Signal();
                gate.Wait();
                return i;
            },
            default)).ToList();

        begun.Wait();
        lock (names) Assert.Equal(2, names.Count);
        gate.Set();
        var done = await Task.WhenAll(work);
        Assert.Equal([0, 1, 2, 3, 4], done);
        Assert.Equal(2, names.Count);
        Assert.All(names, name => Assert.StartsWith("two ", name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cancelled_waiter_frees_its_place_and_a_hanging_task_keeps_its_own()
    {
        var threads = new OwnThreads(1, "one");
        using var gate = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        var hanging = threads.RunAsync(() => { begun.Set(); gate.Wait(); return 1; }, stop.Token);
        begun.Wait();
        var waiting = threads.RunAsync(() => 2, stop.Token);
        var patient = threads.RunAsync(() => 3, default);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(hanging.IsCompleted || patient.IsCompleted);

        gate.Set();
        Assert.Equal((1, 3), (await hanging, await patient));
    }

    [Fact]
    public async Task An_exception_of_a_task_is_returned_and_the_thread_continues()
    {
        var threads = new OwnThreads(1, "one");

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => threads.RunAsync<int>(() => throw new InvalidOperationException("no"), default));

        Assert.Equal("no", fault.Message);
        Assert.Equal(5, await threads.RunAsync(() => 5, default));
    }
}
