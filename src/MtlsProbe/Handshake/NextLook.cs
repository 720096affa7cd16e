namespace MtlsProbe.Handshake;

/// <summary>The second probe after one whose close is ambiguous.</summary>
/// <param name="Patience">The minimum silence: longer than the server took.</param>
/// <param name="ClosedAfter">Time from our close to the server's.</param>
/// <param name="AfterPlain">The close looked like an answer to ours. Once may be by chance: a late refusal can coincide with our close.</param>
internal readonly record struct NextLook(TimeSpan Patience, TimeSpan ClosedAfter, bool AfterPlain)
{
    /// <summary>How much longer the silence is after a clear answer: a refusal that coincided with our close comes in this time.</summary>
    public static readonly TimeSpan PlainMargin = TimeSpan.FromMilliseconds(300);

    /// <summary>Whether there is time for a look after a plain answer: it takes as long as the first, and the margin, and something for chance.</summary>
    /// <param name="elapsed">Of the probe's time so far.</param>
    /// <param name="left">Of the probe's time.</param>
    public static bool HasTime(TimeSpan elapsed, TimeSpan left) => left > elapsed + 2 * PlainMargin;
}
