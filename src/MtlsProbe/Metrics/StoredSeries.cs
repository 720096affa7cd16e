using MtlsProbe.Model;

namespace MtlsProbe.Metrics;

/// <summary>Stored certificates, and their relation to the probed servers.</summary>
internal static class StoredSeries
{
    private static readonly FixedLabel s_unreadable = new("kind", "unreadable");
    private static readonly FixedLabel s_files = new("kind", "files");
    private static readonly FixedLabel s_certificates = new("kind", "certificates");

    public static IReadOnlyList<Projection> All { get; } =
    [
        Of(Catalog.StoredNotAfter, (place, sample) => sample().Value(place.Stored.Certificate.NotAfter)),
        Of(Catalog.StoredNotBefore, (place, sample) => sample().Value(place.Stored.Certificate.NotBefore)),
        Of(Catalog.StoredServed, (place, sample) =>
        {
            if (place.Use != StoredUse.NotSeen) sample().Value(place.Use != StoredUse.NotLoaded);
        }),
        Projection.Of(Catalog.InventoryCertificates, (snapshot, writer) =>
        {
            foreach (var inventory in snapshot.Inventories)
                writer.Sample().With("inventory", inventory.Name).Value(inventory.Certificates.DistinctBy(stored => stored.Certificate.Sha256).Count());
        }),
        Projection.Of(Catalog.InventoryLeftOut, (snapshot, writer) =>
        {
            foreach (var (name, gaps) in snapshot.Inventories.Select(inventory => (inventory.Name, inventory.LeftOut)))
            {
                writer.Sample().With("inventory", name).With(s_unreadable).Value(gaps.Unreadable);
                writer.Sample().With("inventory", name).With(s_files).Value(gaps.Files);
                writer.Sample().With("inventory", name).With(s_certificates).Value(gaps.Certificates);
            }
        }),
    ];

    private static Projection Of(MetricFamily family, Action<StoredPlace, Func<SampleWriter>> write) => new(family, (series, next, writer) =>
    {
        for (; next < series.Stored.Count; next++)
        {
            if (writer.IsFull) return next;
            var place = series.Stored[next];
            write(place, () => writer.Sample().With("inventory", place.Stored.Inventory).With("path", place.Stored.Path)
                .With("serial", place.Stored.Certificate.Serial).With("subject", place.Stored.Certificate.Subject));
        }

        return Projection.Done;
    });
}
