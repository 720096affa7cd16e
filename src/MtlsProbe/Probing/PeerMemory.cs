namespace MtlsProbe.Probing;

/// <summary>
/// One budget for what peers make this process keep, measured by its cost in memory, not by its bytes on the wire. It is an eighth of the memory that
/// the process may use (limits of a container count), and no more than a benign fleet of 20,000 servers needs.
/// </summary>
internal static class PeerMemory
{
    private const long MostEver = 64 << 20;

    /// <summary>The whole budget, in bytes.</summary>
    public static long Budget { get; } = Math.Min(MostEver, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);

    /// <summary>The part for issuers that targets have presented.</summary>
    public static long OfIssuers => Budget / 4;

    /// <summary>The part for results.</summary>
    public static long OfResults => Budget - OfIssuers;
}
