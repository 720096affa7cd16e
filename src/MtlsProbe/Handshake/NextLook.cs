namespace MtlsProbe.Handshake;

/// <summary>The second probe after one with an ambiguous close.</summary>
/// <param name="Patience">The minimum silence: longer than the server took.</param>
/// <param name="ClosedAfter">Time from our close to the server's.</param>
/// <param name="AfterPlain">The close looked like an answer to ours. Once, that can be chance: a late refusal can coincide with our close.</param>
internal readonly record struct NextLook(TimeSpan Patience, TimeSpan ClosedAfter, bool AfterPlain)
{
    /// <summary>How much longer the silence is after a clear answer: a refusal that coincided with our close would come in this time.</summary>
    public static readonly TimeSpan PlainMargin = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// Whether there is time for a second probe after a clear answer: it takes as long as the first, the margin, and some extra time for random
    /// delays.
    /// </summary>
    /// <param name="elapsed">The part of the probe's time that has passed.</param>
    /// <param name="left">The part that is left.</param>
    public static bool HasTime(TimeSpan elapsed, TimeSpan left) => left > elapsed + 2 * PlainMargin;
}
