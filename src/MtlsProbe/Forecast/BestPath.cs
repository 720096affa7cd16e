namespace MtlsProbe.Forecast;

/// <summary>The path that lasts longest, alone or by following another before that one expires. Pure.</summary>
internal static class BestPath
{
    /// <summary>Validity is written in whole seconds, so that one that begins in the next second follows without a gap.</summary>
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(1);

    /// <param name="sound">Paths with no fault but perhaps the dates.</param>
    /// <param name="now">By the clock of the probe.</param>
    /// <returns>The one that is good last; null when none is good now.</returns>
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
