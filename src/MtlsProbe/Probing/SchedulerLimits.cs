using System.Globalization;

namespace MtlsProbe.Probing;

/// <summary>How many probes may be under way at once.</summary>
/// <param name="Total">
/// In the whole process: it bounds memory and file descriptors, not the load on the network. A black hole holds its place until its
/// timeout ends, and that costs nothing but the place; so the number is large, or a few hundred black holes would delay the others.
/// </param>
/// <param name="PerEndpoint">
/// In their handshake with one <c>host:port</c>, so that no server is overrun by the many targets that share it. Who waits in silence, or for
/// an answer, is no load.
/// </param>
internal sealed record SchedulerLimits(int Total = SchedulerLimits.MostInTotal, int PerEndpoint = 4)
{
    public const int MostInTotal = 4000;

    /// <summary>
    /// Probes that wait at one <c>host:port</c> after their handshake: one server that completes handshakes and never answers shall not take
    /// every place of the process.
    /// </summary>
    public int WaitingPerEndpoint { get; init; } = Math.Max(PerEndpoint, Total / 8);


    /// <summary>The soft limit of RLIMIT_NOFILE, <see cref="long.MaxValue"/> for none; null where /proc does not tell.</summary>
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
