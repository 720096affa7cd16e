using System.Globalization;

namespace MtlsProbe.Probing;

/// <summary>The limits of concurrent probes.</summary>
/// <param name="Total">
/// In the whole process: it limits memory and file descriptors, not the load on the network. A target that never answers holds its slot until its
/// timeout, which costs only the slot. The number is large, because otherwise a few hundred such targets would delay the others.
/// </param>
/// <param name="PerEndpoint">
/// For handshakes with one <c>host:port</c>, so that many targets on one server do not overload it. A probe that waits in silence, or for an answer,
/// causes no load.
/// </param>
internal sealed record SchedulerLimits(int Total = SchedulerLimits.MostInTotal, int PerEndpoint = 4)
{
    public const int MostInTotal = 4000;

    /// <summary>
    /// Maximum probes that wait at one <c>host:port</c> after their handshake: a server that completes handshakes and never answers must not take
    /// every slot of the process.
    /// </summary>
    public int WaitingPerEndpoint { get; init; } = Math.Max(PerEndpoint, Total / 8);


    /// <summary>The soft limit of RLIMIT_NOFILE, <see cref="long.MaxValue"/> for none; null if /proc does not provide it.</summary>
    public static long? OpenFileLimit()
    {
        try
        {
            return ParseOpenFileLimit(File.ReadLines("/proc/self/limits"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads a line like <c>Max open files   1024   524288   files</c> (proc(5)).</summary>
    internal static long? ParseOpenFileLimit(IEnumerable<string> limits)
    {
        const string name = "Max open files";
        var line = limits.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        var soft = line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (soft == "unlimited") return long.MaxValue;
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}
