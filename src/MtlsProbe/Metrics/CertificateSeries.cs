using MtlsProbe.Model;

namespace MtlsProbe.Metrics;

/// <summary>The certificates of a chain, leaf first: of a server or of a credential.</summary>
internal static class CertificateSeries
{
    /// <summary>How many certificates of a chain have an info series; a peer that sends hundreds shall not fill a database.</summary>
    public const int MostShown = 32;

    private const string Leaf = "leaf";
    private const string Issuers = "issuers";

    /// <summary>The time of the leaf, and the earliest of the others. A copy of the leaf further on is not another certificate.</summary>
    public static void Earliest(
        ValueList<Certificate> chain, Func<Certificate, DateTimeOffset> time, ReadOnlySpan<byte> labels, SampleWriter writer)
    {
        if (chain.Count == 0) return;
        writer.Sample(labels).With("position", Leaf).Value(time(chain[0]));
        DateTimeOffset? earliest = null;
        foreach (var certificate in chain)
        {
            if (certificate != chain[0] && !(time(certificate) >= earliest)) earliest = time(certificate);
        }

        if (earliest is { } ofIssuers) writer.Sample(labels).With("position", Issuers).Value(ofIssuers);
    }

    /// <summary>An info series for each certificate; one that is presented twice has one.</summary>
    public static void Each(ValueList<Certificate> chain, ReadOnlySpan<byte> labels, SampleWriter writer)
    {
        for (var i = 0; i < Math.Min(chain.Count, MostShown); i++)
        {
            if (IsRepeated(chain, i)) continue;
            writer.Sample(labels).With("position", i == 0 ? Leaf : Issuers).With("serial", chain[i].Serial).With("subject", chain[i].Subject)
                .With("issuer", chain[i].Issuer).With("sha256", chain[i].Sha256).With("key", chain[i].Key).Value(true);
        }
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
