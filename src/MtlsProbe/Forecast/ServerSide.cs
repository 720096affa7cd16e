using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>
/// What a server's chain rests on. It searches as <see cref="ChainJudge"/> does, within the same bounds and in the same order, but does not
/// stop at the first path that is good now: another may last longer.
/// </summary>
internal sealed class ServerSide(SignatureCache signatures)
{
    private readonly MissingIssuer _missing = new(null, signatures);

    /// <param name="presented">As the server sent them, leaf first.</param>
    /// <param name="trust">The bundle by which the chain was found to be valid.</param>
    /// <returns>In the order of the path, leaf first; none when no path is good at <paramref name="now"/>.</returns>
    public IEnumerable<OutlookEnd> Ends(ValueList<Certificate> presented, TrustBundle trust, DateTimeOffset now)
    {
        if (presented.Count == 0) return [];
        var distinct = presented.Take(SearchBounds.MaxPresented).Distinct().ToValueList();
        var bounds = new SearchBounds();
        List<CertificatePath> sound = [];
        new PathSearch(distinct, trust, signatures, bounds).Run(path =>
        {
            if (PathFaults.Of(path, distinct, trust, now, bounds, _missing).TrueForAll(IsOfTime)) sound.Add(path);
            return false;
        });
        return BestPath.Of(sound, now) is { Certificates: var best } ? best.Select((certificate, depth) => OutlookEnd.Of(Cause(depth, best.Count), certificate)) : [];
    }

    private static bool IsOfTime(ChainFault fault) => fault.Error == Reasons.Expired || fault.Error == Reasons.NotYetValid;

    private static EndCause Cause(int depth, int length) =>
        depth == 0 ? EndCause.ServerCertificate : depth == length - 1 ? EndCause.TrustAnchor : EndCause.ServerIssuer;
}
