using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>What a server's chain rests on: the path that lasts longest of all that the judge of chains would be content with.</summary>
internal sealed class ServerSide(ChainJudge judge)
{
    /// <param name="presented">As the server sent them, leaf first.</param>
    /// <param name="trust">The bundle by which the chain was found to be valid.</param>
    /// <param name="isStapled">Whether the server staples a response that says that its leaf is good: it gets them anew by itself.</param>
    /// <returns>In the order of the path, leaf first, and then revocation lists; none when no path is good at <paramref name="now"/>.</returns>
    public IEnumerable<OutlookEnd> Ends(ValueList<Certificate> presented, TrustBundle trust, DateTimeOffset now, bool isStapled = false)
    {
        var sound = judge.Sound(presented, trust, now);
        if (BestPath.Of([.. sound.Paths.Select(one => one.Path)], now) is not { } best) return [];
        var ends = best.Certificates.Select((certificate, depth) => OutlookEnd.Of(Cause(depth, best.Certificates.Count), certificate));
        return sound.IsRevocationDemanded ? ends.Concat(Lists(sound.Paths.First(one => one.Path == best).Revocation, isStapled)) : ends;
    }

    private static EndCause Cause(int depth, int length) =>
        depth == 0 ? EndCause.ServerCertificate : depth == length - 1 ? EndCause.TrustAnchor : EndCause.ServerIssuer;

    /// <summary>
    /// The lists without which nobody says that a certificate is good. Where a responder says so as well, no list is missed; of several lists
    /// the last to end counts.
    /// </summary>
    private static IEnumerable<OutlookEnd> Lists(ValueList<CertificateRevocation> lines, bool isStapled) =>
        from line in lines
        where line.Status == RevocationStatus.Good && !(isStapled && line.Depth == 0)
        group line by line.Depth into own
        where own.All(line => line is { Source: EvidenceSource.Crl, NextUpdate: not null })
        let last = own.MaxBy(line => line.NextUpdate)
        select new OutlookEnd(EndCause.Crl, last.NextUpdate!.Value, null) { Place = last.Place };
}
