using MtlsProbe.Trust;

namespace MtlsProbe.Forecast;

/// <summary>The path that lasts longest: by itself, or taken up before another one ends. Pure.</summary>
internal static class BestPath
{
    /// <summary>Validity is written in whole seconds, so that one that begins in the next second follows without a gap.</summary>
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(1);

    /// <param name="sound">Paths with no fault but perhaps the dates.</param>
    /// <param name="now">By the clock of the probe.</param>
    /// <returns>The one that is good last; null when none is good now.</returns>
    public static CertificatePath? Of(IReadOnlyList<CertificatePath> sound, DateTimeOffset now)
    {
        CertificatePath? best = null;
        for (var until = now; ; until = best.Ends())
        {
            var from = best is null ? until : until + s_step;
            var next = sound.Where(path => path.Begins() <= from && path.Ends() >= until).MaxBy(Ends);
            if (next is null || (best is not null && next.Ends() <= until)) return best;
            best = next;
        }
    }

    /// <summary>The last time at which all of the path is valid.</summary>
    private static DateTimeOffset Ends(this CertificatePath path) => path.Certificates.Min(certificate => certificate.NotAfter);

    private static DateTimeOffset Begins(this CertificatePath path) => path.Certificates.Max(certificate => certificate.NotBefore);
}
