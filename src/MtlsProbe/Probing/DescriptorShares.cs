namespace MtlsProbe.Probing;

/// <summary>
/// Who may have how many file descriptors at once. All of them together leave a quarter of the limit for files, name look-ups and the
/// runtime: where descriptors run out, nothing can be told from a fault of the network any more, and nobody can ask.
/// </summary>
/// <param name="Scheduled">Probes on schedule.</param>
/// <param name="OnDemand">Handshakes of all requests to <c>/probe</c> together.</param>
/// <param name="Connections">To our own web server.</param>
internal sealed record DescriptorShares(int Scheduled, int OnDemand, int Connections)
{
    public const int MostOnDemand = 256;
    public const int MostConnections = 512;

    /// <param name="limit">Descriptors that the process may have; null where the system does not tell.</param>
    public static DescriptorShares Of(long? limit) => new(
        Share(limit / 2, SchedulerLimits.MostInTotal), Share(limit / 8, MostOnDemand), Share(limit / 8, MostConnections));

    /// <summary>By the limit as it is now.</summary>
    public static DescriptorShares OfThisProcess() => Of(SchedulerLimits.OpenFileLimit());

    private static int Share(long? share, int most) => (int)Math.Clamp(share ?? most, 1, most);
}
