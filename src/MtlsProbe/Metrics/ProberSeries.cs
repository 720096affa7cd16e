using System.Globalization;
using MtlsProbe.Model;

namespace MtlsProbe.Metrics;

/// <summary>Trust bundles, the configuration, and the build.</summary>
internal static class ProberSeries
{
    private static readonly FixedLabel s_accepts = new("key", "accepts");
    private static readonly FixedLabel s_mustReject = new("key", "must_reject");
    private static readonly FixedLabel s_others = new("key", "others");

    public static IReadOnlyList<Projection> All { get; } =
    [
        OfTarget(Catalog.TargetInfo, (target, labels, writer) => writer.Sample(labels).With("server_name", target.ServerName)
            .With("protocol", target.Protocol.Name).With("identity", target.Identity).With("trust", target.Trust).Value(true)),
        OfTarget(Catalog.TargetSource, (target, labels, writer) =>
        {
            if (target.Source is { } source) writer.Sample(labels).With("source", source).Value(true);
        }),
        OfTarget(Catalog.TargetServerId, (target, labels, writer) =>
        {
            foreach (var id in target.ServerId?.Labels ?? []) writer.Sample(labels).With("server_id", id).Value(true);
        }),
        OfTarget(Catalog.TargetIdentities, (target, labels, writer) =>
        {
            if (target.Accepts.Count > 0) writer.Sample(labels).With(s_accepts).Value(target.Accepts.Count);
            if (target.MustReject.Count > 0 || target.MustRejectOthers) writer.Sample(labels).With(target.MustRejectOthers ? s_others : s_mustReject).Value(target.MustReject.Count);
        }),
        OfTarget(Catalog.Interval, (target, labels, writer) => writer.Sample(labels).Value(target.Interval.TotalSeconds)),
        OfTarget(Catalog.Timeout, (target, labels, writer) => writer.Sample(labels).Value(target.Timeout.TotalSeconds)),
        OfSets(Catalog.DiscoveryUp, set => set.IsKnown ? set.Fault is null ? 1 : 0 : null),
        OfSets(Catalog.DiscoveryTargets, set => set.Probed),
        OfSets(Catalog.DiscoveryRejected, set => set.RejectedCount + set.LeftOut.Count),
        Of(Catalog.DiscoveryLastSuccess, (snapshot, writer) =>
        {
            foreach (var set in snapshot.TargetSets.Where(set => set.Place is not null))
            {
                if (set.LastSuccess is { } time) writer.Sample().With("source", set.Name).Value(time);
            }
        }),
        Of(Catalog.SourceConnected, (snapshot, writer) =>
        {
            foreach (var source in snapshot.Sources) writer.Sample().With("source", source.Label).Value(source.Connected);
        }),
        Of(Catalog.SourceLastUpdate, (snapshot, writer) =>
        {
            foreach (var source in snapshot.Sources)
            {
                if (source.LastUpdate is { } time) writer.Sample().With("source", source.Label).Value(time);
            }
        }),
        Of(Catalog.TrustLoaded, (snapshot, writer) =>
        {
            foreach (var trust in snapshot.Trusts) writer.Sample().With("trust", trust.Name).Value(trust.Usable);
        }),
        CertificateSeries.EarliestAnchors(Catalog.TrustNotAfter, anchor => anchor.NotAfter),
        .. RevocationSeries.OfLists,
        Of(Catalog.ReloadSuccessful, (snapshot, writer) => writer.Sample().Value(snapshot.Reload.LastSuccessful)),
        Of(Catalog.ReloadTime, (snapshot, writer) => writer.Sample().Value(snapshot.Reload.LastSuccess)),
        Of(Catalog.StorageUsable, (snapshot, writer) =>
        {
            if (snapshot.Storage is { } storage) writer.Sample().Value(storage.Fault is null);
        }),
        Of(Catalog.ClockSuspected, (snapshot, writer) =>
        {
            if (ClockConsensus.Of(snapshot.Servers, snapshot.At).Suspected is { } suspected) writer.Sample().Value(suspected);
        }),
        Of(Catalog.PeerMemory, (snapshot, writer) =>
        {
            if (snapshot.PeerMemory is not { } memory) return;
            writer.Sample().With("kind", "results").Value(memory.Results);
            writer.Sample().With("kind", "issuers").Value(memory.Issuers);
        }),
        Of(Catalog.PeerMemoryLimit, (snapshot, writer) =>
        {
            if (snapshot.PeerMemory is { } memory) writer.Sample().Value(memory.Most);
        }),
        Of(Catalog.ShardInfo, (snapshot, writer) =>
        {
            if (snapshot.Shard is { Shard: var shard })
                writer.Sample().With("shard", shard.Number.ToString(CultureInfo.InvariantCulture)).With("shards", shard.Count.ToString(CultureInfo.InvariantCulture)).Value(true);
        }),
        Of(Catalog.Build, (snapshot, writer) => writer.Sample().With("version", snapshot.Build.Version).With("revision", snapshot.Build.Revision)
            .With("runtime", snapshot.Build.Runtime).With("openssl", snapshot.Build.OpenSsl).Value(true)),
    ];

    private static Projection OfTarget(MetricFamily family, Projection.ItemWriter<Target> write) =>
        Projection.Of(family, series => series.Targets, write);

    /// <param name="value">Null if there is no series.</param>
    private static Projection OfSets(MetricFamily family, Func<TargetSet, long?> value) => Of(family, (snapshot, writer) =>
    {
        foreach (var set in snapshot.TargetSets.Where(set => set.Place is not null))
        {
            if (value(set) is { } known) writer.Sample().With("source", set.Name).Value(known);
        }
    });

    private static Projection Of(MetricFamily family, Action<FleetSnapshot, SampleWriter> write) => Projection.Of(family, write);
}
