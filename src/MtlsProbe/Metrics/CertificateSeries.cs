using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Metrics;

/// <summary>The certificates of a chain, leaf first: of a server or of a credential.</summary>
internal static class CertificateSeries
{
    /// <summary>How many certificates of a chain have an info series; a peer that sends hundreds must not fill a database.</summary>
    public const int MostShown = 32;

    private static readonly FixedLabel Leaf = new("position", "leaf");
    private static readonly FixedLabel Issuers = new("position", "issuers");
    private static readonly FixedLabel ValidIssuers = new("position", "valid_issuers");
    private static readonly FixedLabel Anchors = new("position", "anchors");
    private static readonly FixedLabel ValidAnchors = new("position", "valid_anchors");

    /// <summary>
    /// The time of the leaf, and the earliest of the others (a second copy of the leaf does not count). If some of those have expired, also the
    /// earliest of the rest, because an unneeded certificate must not hide the expiry of a needed one.
    /// </summary>
    public static Projection Earliest<T>(
        MetricFamily family, Func<Series, Labelled<T>> items, Func<T, ValueList<Certificate>> chain, Func<Certificate, DateTimeOffset> time) =>
        Projection.Of(family, items, (T item, DateTimeOffset now, ReadOnlySpan<byte> labels, SampleWriter writer) =>
        {
            var certificates = chain(item);
            if (certificates.Count == 0) return;
            writer.Sample(labels).With(Leaf).Value(time(certificates[0]));
            var (first, firstValid) = Earliest(certificates, certificates[0], time, now);
            if (first is { } issuers) writer.Sample(labels).With(Issuers).Value(issuers);
            if (firstValid is { } validIssuers) writer.Sample(labels).With(ValidIssuers).Value(validIssuers);
        });

    /// <summary>The same for trust anchors, which have no leaf.</summary>
    public static Projection EarliestAnchors(MetricFamily family, Func<Certificate, DateTimeOffset> time) => Projection.Of(family, (snapshot, writer) =>
    {
        foreach (var trust in snapshot.Trusts)
        {
            var (first, firstValid) = Earliest(trust.Anchors, null, time, snapshot.At);
            if (first is { } anchors) writer.Sample().With("trust", trust.Name).With(Anchors).Value(anchors);
            if (firstValid is { } validAnchors) writer.Sample().With("trust", trust.Name).With(ValidAnchors).Value(validAnchors);
        }
    });

    /// <summary>An info series for each certificate; only one for a certificate that is presented twice.</summary>
    public static void Each(ValueList<Certificate> chain, ReadOnlySpan<byte> labels, SampleWriter writer)
    {
        for (var i = 0; i < Math.Min(chain.Count, MostShown); i++)
        {
            if (IsRepeated(chain, i)) continue;
            writer.Sample(labels).With(i == 0 ? Leaf : Issuers).With("serial", chain[i].Serial).With("subject", chain[i].Subject)
                .With("issuer", chain[i].Issuer).With("sha256", chain[i].Sha256).With("key", chain[i].Key).Value(true);
        }
    }

    /// <returns>The earliest of all and, if some have expired, the earliest of the others.</returns>
    private static (DateTimeOffset? First, DateTimeOffset? FirstValid) Earliest(
        ValueList<Certificate> certificates, Certificate? except, Func<Certificate, DateTimeOffset> time, DateTimeOffset now)
    {
        DateTimeOffset? first = null, firstValid = null;
        var hasEnded = false;
        foreach (var certificate in certificates)
        {
            if (certificate == except) continue;
            var at = time(certificate);
            if (!(at >= first)) first = at;
            if (certificate.NotAfter < now) hasEnded = true;
            else if (!(at >= firstValid)) firstValid = at;
        }

        return (first, hasEnded ? firstValid : null);
    }

    private static bool IsRepeated(ValueList<Certificate> chain, int index)
    {
        for (var i = 0; i < index; i++)
        {
            if (chain[i] == chain[index]) return true;
        }

        return false;
    }
}
