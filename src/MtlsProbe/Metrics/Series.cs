using MtlsProbe.Model;

namespace MtlsProbe.Metrics;

/// <summary>The items that have series in an exposition, each once and with its labels.</summary>
internal sealed class Series(FleetSnapshot snapshot, SeriesLabels labels)
{
    public FleetSnapshot Snapshot => snapshot;

    public Labelled<Target> Targets => new(snapshot.Targets, labels.Targets, labels);

    /// <summary>All handshakes, including those that the server must refuse.</summary>
    public Labelled<HandshakeState> Counted => new(snapshot.Handshakes, labels.Counted, labels);

    /// <summary>The handshakes that the server must accept.</summary>
    public Labelled<HandshakeState> Handshakes => new(snapshot.Handshakes, labels.Handshakes, labels);

    /// <summary>The handshakes that the server must refuse, with the labels of the server and the identity.</summary>
    public Labelled<HandshakeState> Refusals => new(snapshot.Handshakes, labels.Refusals, labels);

    public Labelled<ServerState> Servers => new(snapshot.Servers, labels.Servers, labels);

    public Labelled<CredentialState> Credentials => new(snapshot.Credentials, labels.Credentials, labels);

    /// <summary>Stored certificates, with separate labels for each place.</summary>
    public IReadOnlyList<StoredPlace> Stored => field ??= Distinct(StoredUses.Of(snapshot.Inventories, snapshot.Servers, snapshot.At));

    /// <summary>Two certificates with the same serial and subject in one file are a mistake of their issuer. They must not make the scrape fail.</summary>
    private static List<StoredPlace> Distinct(IEnumerable<StoredPlace> places)
    {
        HashSet<(string, string, string, string)> seen = [];
        return [.. places.Where(place => seen.Add((place.Stored.Inventory, SampleWriter.Bounded(place.Stored.Path), place.Stored.Certificate.Serial, SampleWriter.Bounded(place.Stored.Certificate.Subject))))];
    }
}

/// <summary>Items that have series, and their labels.</summary>
internal readonly struct Labelled<T>(IReadOnlyList<T> items, LabelledPlace[] places, SeriesLabels labels)
{
    public int Count => places.Length;

    public T this[int place] => items[places[place].Index];

    /// <summary>Escaped, without braces.</summary>
    public ReadOnlySpan<byte> Labels(int place) => labels.Slice(places[place].Labels);
}

/// <summary>An item with series: its position in its list, and the position of its labels.</summary>
internal readonly record struct LabelledPlace(int Index, LabelSet Labels);
