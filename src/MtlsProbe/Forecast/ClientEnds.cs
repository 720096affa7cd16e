using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>
/// What our own chain depends on at a server that accepts it. The server's trust store is not visible. Known are the chain that we send, the
/// authorities that the server names, and the certificates of authorities in our trust bundles.
/// </summary>
internal sealed class ClientEnds(SignatureCache signatures)
{
    /// <param name="sent">Our chain, leaf first.</param>
    /// <param name="names">The authorities that the server names, as <c>CN=…, O=…</c>; empty if it names none.</param>
    /// <param name="known">Every trust bundle that is loaded.</param>
    /// <returns>
    /// In the order of the path, leaf first. What has already expired but is still accepted is not checked by the server, and is left out.
    /// </returns>
    public IEnumerable<OutlookEnd> Of(ValueList<Certificate> sent, ValueList<string> names, IReadOnlyCollection<TrustBundle> known, DateTimeOffset now)
    {
        var path = AssumedStore.Likely(sent, names, known, signatures).Select(store => Best(sent, store, now)).FirstOrDefault(found => found is not null);
        return (path?.All ?? Ends(sent.Take(1))).Where(end => end.At >= now);
    }

    private static ValueList<OutlookEnd> Ends(IEnumerable<Certificate> path) =>
        path.Select((certificate, depth) => OutlookEnd.Of(depth == 0 ? EndCause.ClientCertificate : EndCause.ClientIssuer, certificate)).ToValueList();

    private PathEnds? Best(ValueList<Certificate> sent, AssumedStore store, DateTimeOffset now)
    {
        var signed = Paths(sent, store).ConvertAll(path => new PathEnds(path, Ends(path.Certificates)));
        var sound = signed.FindAll(one => !Constraints.Faults(one.Path, new SearchBounds()).Any());
        return BestPath.Of(sound, now) ?? BestPath.Of(signed, now);
    }

    /// <summary>The signed paths from our leaf to an authority that the server may trust.</summary>
    public List<CertificatePath> Paths(ValueList<Certificate> sent, AssumedStore store)
    {
        List<CertificatePath> signed = [];
        if (sent.Count == 0 || store.Anchors.Anchors.Count == 0) return signed;
        var presented = sent.Concat(store.Between).Distinct().ToValueList();
        new PathSearch(presented, store.Anchors, signatures, new SearchBounds()).Run(path =>
        {
            if (path is { End: PathEnd.Anchor, Unsigned.Count: 0 }) signed.Add(path);
            return false;
        });
        return signed;
    }
}
