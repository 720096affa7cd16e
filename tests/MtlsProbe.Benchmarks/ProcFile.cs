using System.Globalization;

namespace MtlsProbe.Benchmarks;

/// <summary>The kernel's figures about a process (proc(5)).</summary>
internal static class ProcFile
{
    /// <summary>USER_HZ, the unit of times in /proc/PID/stat on every Linux that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>CPU seconds, user and system together, of all threads.</summary>
    public static double CpuSeconds(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // the name can contain any character
        return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    }

    /// <summary>Bytes; <paramref name="name"/> is VmRSS, RssAnon, VmHWM …</summary>
    public static double Memory(int pid, string name) => Status(pid, name) * 1024;

    public static int Threads(int pid) => (int)Status(pid, "Threads");

    private static double Status(int pid, string name)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return Number(line[(name.Length + 1)..].Replace("kB", "", StringComparison.Ordinal).Trim());
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
