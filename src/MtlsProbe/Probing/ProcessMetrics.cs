using System.Diagnostics;
using MtlsProbe.Metrics;
using Prometheus;

namespace MtlsProbe.Probing;

/// <summary>
/// The figures of this process as the system counts them, under the names of the official Prometheus clients; those that prometheus-net
/// has ready are others. Absent where the system does not tell.
/// </summary>
internal sealed class ProcessMetrics(IMetricFactory factory)
{
    private readonly Counter _cpu = factory.Counter(Catalog.ProcessCpu, absentUntilSet: true);
    private readonly Gauge _resident = factory.Gauge(Catalog.ProcessResident, absentUntilSet: true);
    private readonly Gauge _virtual = factory.Gauge(Catalog.ProcessVirtual, absentUntilSet: true);
    private readonly Gauge _start = factory.Gauge(Catalog.ProcessStart, absentUntilSet: true);
    private readonly Gauge _openFds = factory.Gauge(Catalog.ProcessOpenFds, absentUntilSet: true);
    private readonly Gauge _maxFds = factory.Gauge(Catalog.ProcessMaxFds, absentUntilSet: true);
    private readonly Gauge _threads = factory.Gauge(Catalog.ProcessThreads, absentUntilSet: true);

    /// <summary>Takes the figures anew, on any thread.</summary>
    public void Update()
    {
        try
        {
            using var process = Process.GetCurrentProcess();
            _cpu.IncTo(process.TotalProcessorTime.TotalSeconds);
            _resident.Set(process.WorkingSet64);
            _virtual.Set(process.VirtualMemorySize64);
            _start.Set(new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0);
            _openFds.Set(Directory.EnumerateFileSystemEntries("/proc/self/fd").LongCount());
            _maxFds.Set(SchedulerLimits.OpenFileLimit() ?? 0);
            _threads.Set(process.Threads.Count);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or PlatformNotSupportedException)
        {
            // What could be read is there; what never could is absent, as documented.
        }
    }
}
