using System.Diagnostics;
using MtlsProbe.Metrics;
using Prometheus;

namespace MtlsProbe.Probing;

/// <summary>
/// The process metrics from the system, with the names of the official Prometheus clients; prometheus-net uses other names. Absent if the system does
/// not provide them.
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

    /// <summary>Updates the figures, on any thread.</summary>
    public void Update()
    {
        try
        {
            using var process = Process.GetCurrentProcess();
            var (cpu, resident, size, threads) = (process.TotalProcessorTime, process.WorkingSet64, process.VirtualMemorySize64, process.Threads.Count);
            var start = new DateTimeOffset(process.StartTime);
            var open = Directory.EnumerateFileSystemEntries("/proc/self/fd").LongCount();
            _cpu.IncTo(cpu.TotalSeconds);
            _resident.Set(resident);
            _virtual.Set(size);
            _start.Set(start.ToUnixTimeMilliseconds() / 1000.0);
            _openFds.Set(open);
            _maxFds.Set(SchedulerLimits.OpenFileLimit() ?? 0);
            _threads.Set(threads);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or PlatformNotSupportedException)
        {
            // Old figures would look as if everything were normal, for example at the limit of open files.
            _cpu.Unpublish();
            foreach (var gauge in (Gauge[])[_resident, _virtual, _start, _openFds, _maxFds, _threads]) gauge.Unpublish();
        }
    }
}
