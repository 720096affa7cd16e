namespace MtlsProbe.Probing;

/// <summary>
/// The shares of file descriptors. Together they leave a quarter of the limit for files, name lookups and the runtime: without free descriptors, a
/// network fault cannot be recognized and the web server cannot answer.
/// </summary>
/// <param name="Scheduled">For scheduled probes.</param>
/// <param name="OnDemand">For the handshakes of all requests to <c>/probe</c> together.</param>
/// <param name="Connections">For connections to our own web server.</param>
internal sealed record DescriptorShares(int Scheduled, int OnDemand, int Connections)
{
    public const int MostOnDemand = 256;
    public const int MostConnections = 512;

    /// <param name="limit">The process's limit of descriptors; null if the system does not provide it.</param>
    public static DescriptorShares Of(long? limit) => new(
        Share(limit / 2, SchedulerLimits.MostInTotal), Share(limit / 8, MostOnDemand), Share(limit / 8, MostConnections));

    /// <summary>From the current limit.</summary>
    public static DescriptorShares OfThisProcess() => Of(SchedulerLimits.OpenFileLimit());

    private static int Share(long? share, int most) => (int)Math.Clamp(share ?? most, 1, most);
}
