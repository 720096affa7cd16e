namespace MtlsProbe.Revocation;

/// <summary>
/// When a URL is fetched again: some time before its lists expire, and soon if the fetch failed or delivered an expired list, but never all URLs at
/// once.
/// </summary>
internal static class RefreshTimes
{
    /// <summary>A list may be replaced long before it expires, because of a new revocation.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromMinutes(15);

    /// <summary>The time until the next fetch.</summary>
    public static TimeSpan After(HeldPlace place, DateTimeOffset now)
    {
        var jitter = 0.9 + (Random.Shared.NextDouble() * 0.2);
        if (place.Failures > 0)
        {
            var retry = s_firstRetry * Math.Pow(2, Math.Min(place.Failures - 1, 10));
            return (retry < s_longestRetry ? retry : s_longestRetry) * jitter;
        }

        var left = place.State.Lists.Min(known => known.List.NextUpdate) is { } end ? (end - now) / 2 : s_longest;
        return (left < s_shortest ? s_shortest : left > s_longest ? s_longest : left) * jitter;
    }
}
