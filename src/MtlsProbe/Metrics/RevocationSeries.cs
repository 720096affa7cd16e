using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Metrics;

/// <summary>Revocation: of the certificates of servers, and the lists that prove it.</summary>
internal static class RevocationSeries
{
    private static readonly FixedLabel Leaf = new("position", "leaf");
    private static readonly FixedLabel Issuers = new("position", "issuers");

    /// <summary>The lists of the trust bundles.</summary>
    public static IReadOnlyList<Projection> OfLists { get; } =
    [
        Of(Catalog.CrlLoaded, (lists, now) => lists.All(list => list.IsInForce(now) || list is { IsSuperseded: true, Problem: null }) ? 1 : 0),
        Of(Catalog.CrlThisUpdate, (lists, _) => FirstToEnd(lists)?.ThisUpdate?.ToUnixTimeSeconds()),
        Of(Catalog.CrlNextUpdate, (lists, _) => FirstToEnd(lists)?.NextUpdate?.ToUnixTimeSeconds()),
    ];

    /// <summary>
    /// The one list whose two dates are exposed: the remaining share of a period has no meaning across two lists. It is not a delta, which servers do
    /// not need, and not a list that a newer one has replaced.
    /// </summary>
    private static RevocationListState? FirstToEnd(IReadOnlyList<RevocationListState> lists) =>
        lists.Where(list => list is { IsSigned: true, IsDelta: false, IsSuperseded: false }).MinBy(list => list.NextUpdate ?? DateTimeOffset.MaxValue);

    /// <summary>
    /// A series for each kind of evidence that knows something: one for the leaf, and one for all issuers together if all of them are known.
    /// </summary>
    public static void Each(ValueList<CertificateRevocation> lines, ReadOnlySpan<byte> labels, SampleWriter writer)
    {
        foreach (var source in Enum.GetValues<EvidenceSource>())
        {
            if (Worst(lines, source, isLeaf: true) is { } leaf) writer.Sample(labels).With(Leaf).With("source", source.Label()).Value(leaf);
            if (Worst(lines, source, isLeaf: false) is { } issuers) writer.Sample(labels).With(Issuers).With("source", source.Label()).Value(issuers);
        }
    }

    /// <summary>For a credential: 1 if one of its certificates is revoked, 0 if its leaf is known not to be revoked.</summary>
    public static void EachOfOurs(ValueList<CertificateRevocation> lines, ReadOnlySpan<byte> labels, SampleWriter writer)
    {
        if (lines.Count == 0) return;
        foreach (var source in Enum.GetValues<EvidenceSource>())
        {
            if (Worst(lines, source, isLeaf: false) is true || Worst(lines, source, isLeaf: true) is true) writer.Sample(labels).With("source", source.Label()).Value(true);
            else if (Worst(lines, source, isLeaf: true) is false) writer.Sample(labels).With("source", source.Label()).Value(false);
        }
    }

    /// <summary>For every handshake with a credential that is known to be revoked.</summary>
    public static Projection EnforcementDelay { get; } = new(Catalog.EnforcementDelay, (series, next, writer) =>
    {
        var revoked = series.Snapshot.Credentials.Where(credential => credential.RevokedSince is not null)
            .DistinctBy(credential => (credential.Identity, credential.Slot)).ToDictionary(credential => (credential.Identity, credential.Slot));
        if (revoked.Count == 0) return Projection.Done;
        for (var all = series.Counted; next < all.Count; next++)
        {
            if (writer.IsFull) return next;
            var handshake = all[next];
            if (revoked.TryGetValue((handshake.Key.Identity, handshake.Key.Slot), out var credential) && credential.EnforcementDelay(handshake.Admission) is { } delay)
                writer.Sample(all.Labels(next)).Value(delay.TotalSeconds);
        }

        return Projection.Done;
    });

    /// <summary>True: at least one is revoked; false: all are known to be good; null: neither.</summary>
    private static bool? Worst(ValueList<CertificateRevocation> lines, EvidenceSource source, bool isLeaf)
    {
        var (any, unknown) = (false, false);
        foreach (var line in lines)
        {
            if (line.Source != source || (line.Depth == 0) != isLeaf) continue;
            if (line.Status == RevocationStatus.Revoked) return true;
            any = true;
            unknown |= line.Status == RevocationStatus.Unknown;
        }

        return any && !unknown ? false : null;
    }

    /// <summary>
    /// One series for each trust bundle and issuer: alerts treat a complete list and its delta, or the parts of a list, as one thing. The issuer of
    /// an unsigned list can be anything, and gets no series.
    /// </summary>
    private static Projection Of(MetricFamily family, Func<IReadOnlyList<RevocationListState>, DateTimeOffset, double?> value) => Projection.Of(family, (snapshot, writer) =>
    {
        foreach (var lists in snapshot.RevocationLists.GroupBy(list => (list.Trust, Issuer: list.IsSigned ? list.Issuer ?? "" : "")))
        {
            if (value([.. lists], snapshot.At) is { } number) writer.Sample().With("trust", lists.Key.Trust).With("issuer", lists.Key.Issuer).Value(number);
        }
    });
}
