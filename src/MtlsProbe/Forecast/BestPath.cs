namespace MtlsProbe.Forecast;

/// <summary>The path that lasts longest, alone or followed by another one before it expires. Pure.</summary>
internal static class BestPath
{
    /// <summary>Validity is in whole seconds: a certificate that becomes valid in the next second follows without a gap.</summary>
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(1);

    /// <param name="sound">Paths with no fault, except possibly in their dates.</param>
    /// <param name="now">The time, by the clock of the probe.</param>
    /// <returns>The path with the last expiry; null if none is good now.</returns>
    public static PathEnds? Of(IReadOnlyList<PathEnds> sound, DateTimeOffset now)
    {
        PathEnds? best = null;
        for (var until = now; ; until = best.Until)
        {
            var from = best is null ? until : until + s_step;
            var next = sound.Where(path => path.From <= from && path.Until >= until).MaxBy(path => path.Until);
            if (next is null || (best is not null && next.Until <= until)) return best;
            best = next;
        }
    }
}
