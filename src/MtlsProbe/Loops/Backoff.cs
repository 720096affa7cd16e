namespace MtlsProbe.Loops;

/// <summary>
/// The wait before a failed operation is retried: twice as long each time, up to a limit, and randomly shortened by up to half. Many clients that
/// failed together therefore do not retry together. For one thread at a time.
/// </summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private int _failures;

    /// <summary>The next wait; longer each time.</summary>
    public TimeSpan Next()
    {
        var whole = first * Math.Pow(2, _failures);
        if (whole < longest) _failures++;
        return Jittered(whole < longest ? whole : longest);
    }

    /// <summary>Call after a success: the next wait is the first one again.</summary>
    public void Reset() => _failures = 0;

    /// <summary>A time span, shortened at random by up to half.</summary>
    public static TimeSpan Jittered(TimeSpan span) => span * (0.5 + (Random.Shared.NextDouble() / 2));
}
