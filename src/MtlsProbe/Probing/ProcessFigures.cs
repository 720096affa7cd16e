using System.Diagnostics;
using MtlsProbe.Model;

namespace MtlsProbe.Probing;

/// <summary>The figures of this process, as the system counts them.</summary>
internal static class ProcessFigures
{
    /// <summary>Null where the system does not tell.</summary>
    public static ProcessState? Read()
    {
        try
        {
            using var process = Process.GetCurrentProcess();
            return new ProcessState(
                process.TotalProcessorTime.TotalSeconds,
                process.WorkingSet64,
                process.VirtualMemorySize64,
                process.StartTime,
                Directory.EnumerateFileSystemEntries("/proc/self/fd").LongCount(),
                SchedulerLimits.OpenFileLimit() ?? 0,
                process.Threads.Count);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or PlatformNotSupportedException)
        {
            return null;
        }
    }
}
