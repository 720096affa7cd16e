namespace MtlsProbe.Probing;

/// <summary>
/// One budget for what strangers make this process keep, by what it costs and not by its bytes on the wire. An eighth of the memory that the
/// process may use, so that a limit of a container counts, and no more than an honest fleet of 20,000 servers needs.
/// </summary>
internal static class PeerMemory
{
    private const long MostEver = 64 << 20;

    /// <summary>All of it, in bytes.</summary>
    public static long Budget { get; } = Math.Min(MostEver, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);

    /// <summary>Of it, for the issuers that targets have presented.</summary>
    public static long OfIssuers => Budget / 4;

    /// <summary>Of it, for the results.</summary>
    public static long OfResults => Budget - OfIssuers;
}
