using MtlsProbe.Readiness;

namespace MtlsProbe.Tests.Readiness;

public sealed class TimerHeapTests
{
    [Fact]
    public void The_first_is_always_the_one_that_is_due_first_whatever_is_put_moved_and_removed()
    {
        var random = new Random(7);
        var heap = new TimerHeap();
        var timers = Enumerable.Range(0, 200).Select(_ => new LoopTimer(EventLoop.Next(), _ => { }, null)).ToArray();
        var put = new HashSet<LoopTimer>();
        for (var step = 0; step < 20_000; step++)
        {
            var timer = timers[random.Next(timers.Length)];
            if (random.Next(3) == 0)
            {
                heap.Remove(timer);
                put.Remove(timer);
            }
            else
            {
                if (put.Contains(timer)) heap.Remove(timer);
                timer.Due = random.Next(1000);
                heap.Put(timer);
                put.Add(timer);
            }

            Assert.Equal(put.Count == 0 ? null : put.Min(one => one.Due), heap.First?.Due);
        }
    }

    [Fact]
    public void A_timer_that_is_in_the_heap_can_be_put_earlier_or_later()
    {
        var heap = new TimerHeap();
        LoopTimer[] timers = [.. Enumerable.Range(1, 5).Select(due => new LoopTimer(EventLoop.Next(), _ => { }, null) { Due = due })];
        foreach (var timer in timers) heap.Put(timer);

        timers[4].Due = 0;
        heap.Put(timers[4]);
        Assert.Same(timers[4], heap.First);

        timers[4].Due = 9;
        heap.Put(timers[4]);
        Assert.Equal([1, 2, 3, 4, 9], Drain(heap));
    }

    private static List<long> Drain(TimerHeap heap)
    {
        var order = new List<long>();
        while (heap.First is { } first)
        {
            order.Add(first.Due);
            heap.Remove(first);
        }

        return order;
    }
}
