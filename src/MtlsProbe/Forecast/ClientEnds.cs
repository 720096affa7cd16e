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
    /// <summary>Bytes of what is kept; at most twice as many.</summary>
    private const int Capacity = 4 << 20;

    /// <summary>The memory for one chain at one server, and for each authority in one of the trust stores that the server can have, with its paths.</summary>
    private const int EntryCost = 2048;

    /// <summary>The memory for a name, besides its text.</summary>
    private const int NameCost = 32;

    private volatile KnownPaths _known = new([]);

    /// <param name="sent">Our chain, leaf first.</param>
    /// <param name="names">The authorities that the server names, as <c>CN=…, O=…</c>; empty if it names none.</param>
    /// <param name="known">Every trust bundle that is loaded.</param>
    /// <returns>
    /// In the order of the path, leaf first. What has already expired but is still accepted is not checked by the server, and is left out.
    /// </returns>
    public IEnumerable<OutlookEnd> Of(ValueList<Certificate> sent, ValueList<string> names, IReadOnlyCollection<TrustBundle> known, DateTimeOffset now)
    {
        PathEnds? path = null;
        foreach (var likely in Searched(sent, names, known))
        {
            path = BestPath.Of(likely.Value.Sound, now) ?? BestPath.Of(likely.Value.Signed, now);
            if (path is not null) break;
        }

        return (path?.All ?? Ends(sent.Take(1))).Where(end => end.At >= now);
    }

    private static ValueList<OutlookEnd> Ends(IEnumerable<Certificate> path) =>
        path.Select((certificate, depth) => OutlookEnd.Of(depth == 0 ? EndCause.ClientCertificate : EndCause.ClientIssuer, certificate)).ToValueList();

    /// <summary>The paths in each trust store that the server can be assumed to have: the same in every handshake until a chain or a bundle changes.</summary>
    private Lazy<Paths>[] Searched(ValueList<Certificate> sent, ValueList<string> names, IReadOnlyCollection<TrustBundle> bundles)
    {
        var known = _known;
        if (!known.Bundles.SequenceEqual(bundles)) _known = known = new KnownPaths([.. bundles]);
        if (known.Cache.TryGet(new Offer(sent, names), out var searched)) return searched.Stores;

        // If two threads search at once, neither waits for the other; a search that fails, for example for lack of memory, is repeated.
        List<AssumedStore> likely = [.. AssumedStore.Likely(sent, names, bundles, signatures)];
        Lazy<Paths>[] stores = [.. likely.Select(store => new Lazy<Paths>(() => Search(sent, store), LazyThreadSafetyMode.PublicationOnly))];
        var authorities = likely.Sum(store => store.Anchors.Anchors.Count + store.Between.Count);
        known.Cache.Add(new Offer(sent, names), (stores, ((1 + authorities) * EntryCost) + names.Sum(name => NameCost + (sizeof(char) * name.Length))));
        return stores;
    }

    private Paths Search(ValueList<Certificate> sent, AssumedStore store)
    {
        var signed = SignedPaths(sent, store).ConvertAll(path => new PathEnds(path, Ends(path.Certificates)));
        return new Paths(signed.FindAll(one => !Constraints.Faults(one.Path, new SearchBounds()).Any()), signed);
    }

    /// <summary>The signed paths from our leaf to an authority that the server may trust.</summary>
    public List<CertificatePath> SignedPaths(ValueList<Certificate> sent, AssumedStore store)
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

    /// <summary>What was found with these bundles; with others, everything may be different.</summary>
    private sealed class KnownPaths(TrustBundle[] bundles)
    {
        public TrustBundle[] Bundles => bundles;

        public BoundedCache<Offer, (Lazy<Paths>[] Stores, long Cost)> Cache { get; } = new(Capacity, searched => searched.Cost);
    }

    /// <summary>Our chain, and the authorities that the server names.</summary>
    private readonly record struct Offer(ValueList<Certificate> Sent, ValueList<string> Names)
    {
        public override int GetHashCode() => HashCode.Combine(Sent is [var leaf, ..] ? leaf : null, Names.Count, Names is [var first, ..] ? first : null);
    }

    /// <param name="Sound">Those without a fault, except possibly in their dates.</param>
    /// <param name="Signed">All whose signatures are right.</param>
    private sealed record Paths(List<PathEnds> Sound, List<PathEnds> Signed);
}
