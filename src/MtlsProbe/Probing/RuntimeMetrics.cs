using System.Globalization;
using MtlsProbe.Metrics;
using Prometheus;

namespace MtlsProbe.Probing;

/// <summary>Figures of .NET's garbage collector, thread pool and locks.</summary>
internal sealed class RuntimeMetrics(IMetricFactory factory)
{
    private readonly Counter _collections = factory.Counter(Catalog.RuntimeCollections);
    private readonly Counter _pause = factory.Counter(Catalog.RuntimePause);
    private readonly Counter _allocated = factory.Counter(Catalog.RuntimeAllocated);
    private readonly Gauge _heap = factory.Gauge(Catalog.RuntimeHeap);
    private readonly Gauge _threads = factory.Gauge(Catalog.RuntimeThreads);
    private readonly Gauge _queue = factory.Gauge(Catalog.RuntimeQueue);
    private readonly Counter _work = factory.Counter(Catalog.RuntimeWork);
    private readonly Counter _contentions = factory.Counter(Catalog.RuntimeContentions);

    /// <summary>Updates the figures, on any thread.</summary>
    public void Update()
    {
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            // .NET counts a collection for every younger generation too. Here each is counted once, so that the numbers can be added.
            var collected = GC.CollectionCount(generation);
            if (generation < GC.MaxGeneration) collected -= GC.CollectionCount(generation + 1);
            _collections.WithLabels(generation.ToString(CultureInfo.InvariantCulture)).IncTo(collected);
        }

        _pause.IncTo(GC.GetTotalPauseDuration().TotalSeconds);
        _allocated.IncTo(GC.GetTotalAllocatedBytes());
        _heap.Set(GC.GetGCMemoryInfo().HeapSizeBytes);
        _threads.Set(ThreadPool.ThreadCount);
        _queue.Set(ThreadPool.PendingWorkItemCount);
        _work.IncTo(ThreadPool.CompletedWorkItemCount);
        _contentions.IncTo(Monitor.LockContentionCount);
    }
}
