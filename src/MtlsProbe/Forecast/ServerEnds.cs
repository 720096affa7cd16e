using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>
/// What a server's chain depends on: the longest-lasting of all paths that the chain judge would accept. If certificates of unknown status are not
/// trusted, a path lasts no longer than the evidence for its certificates.
/// </summary>
internal sealed class ServerEnds(ChainJudge judge)
{
    /// <param name="presented">As the server sent them, leaf first.</param>
    /// <param name="trust">The bundle with which the chain was found to be valid.</param>
    /// <param name="staple">What a stapled response says about the leaf: the server fetches the next one by itself. Empty if there is none.</param>
    /// <returns>In the order of the path, leaf first, then revocation lists; none if no path is valid at <paramref name="now"/>.</returns>
    public ValueList<OutlookEnd> Of(ValueList<Certificate> presented, TrustBundle trust, DateTimeOffset now, ValueList<CertificateRevocation> staple = default)
    {
        var sound = judge.Sound(presented, trust, now);
        var paths = sound.IsRevocationDemanded
            ? sound.Paths.Select(one => one with { Revocation = [.. staple, .. one.Revocation] })
                .Where(one => !RevocationJudge.Unknown(one.Path, one.Revocation).Any())
                .Select(one => new PathEnds(one.Path, [.. Certificates(one.Path), .. Lists(one.Revocation)]))
            : sound.Paths.Select(one => new PathEnds(one.Path, Certificates(one.Path).ToValueList()));
        return BestPath.Of([.. paths], now)?.All ?? [];
    }

    private static IEnumerable<OutlookEnd> Certificates(CertificatePath path) =>
        path.Certificates.Select((certificate, depth) => OutlookEnd.Of(Cause(depth, path.Certificates.Count), certificate));

    private static EndCause Cause(int depth, int length) =>
        depth == 0 ? EndCause.ServerCertificate : depth == length - 1 ? EndCause.TrustAnchor : EndCause.ServerIssuer;

    /// <summary>
    /// The lists without which there is no evidence that a certificate is good. If a responder or a stapled response proves it too, no list is
    /// needed. Of several lists, the last to expire counts.
    /// </summary>
    private static IEnumerable<OutlookEnd> Lists(ValueList<CertificateRevocation> lines) =>
        from line in lines
        where line.Status == RevocationStatus.Good
        group line by line.Depth into own
        where own.All(line => line is { Source: EvidenceSource.Crl, NextUpdate: not null })
        let last = own.MaxBy(line => line.NextUpdate)
        select new OutlookEnd(EndCause.Crl, last.NextUpdate!.Value, null) { Place = last.Place };
}
