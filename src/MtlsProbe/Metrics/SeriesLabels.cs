using System.Diagnostics.CodeAnalysis;
using MtlsProbe.Model;

namespace MtlsProbe.Metrics;

/// <summary>
/// The labels of everything that has series. Each set is escaped once and kept while the same targets are probed: labels change with the
/// configuration, not with results. Whatever the configuration, no two items of a kind have the same labels. Immutable.
/// </summary>
internal sealed class SeriesLabels
{
    private readonly byte[] _text;
    private readonly Target[] _targets;
    private readonly (HandshakeKey Key, Target Target)[] _handshakes;
    private readonly (ServerKey Key, Target Target)[] _servers;
    private readonly (string Identity, Slot Slot)[] _credentials;

    private SeriesLabels(FleetSnapshot snapshot)
    {
        using var text = new Utf8Buffer(1024 + (256 * snapshot.Handshakes.Count));
        _targets = [.. snapshot.Targets];
        _handshakes = [.. snapshot.Handshakes.Select(handshake => (handshake.Key, handshake.Target))];
        _servers = [.. snapshot.Servers.Select(server => (server.Key, server.Target))];
        _credentials = [.. snapshot.Credentials.Select(credential => (credential.Identity, credential.Slot))];

        Targets = Distinct(text, _targets.Index(), target => Add(text, target.Name, target));
        // If a credential must both be accepted and be refused, the former has all the series.
        Counted = Distinct(text, _handshakes.Index().OrderBy(handshake => handshake.Item.Key.Expect), OfHandshake);
        Handshakes = [.. Counted.Where(place => _handshakes[place.Index].Key.Expect == Expectation.Accept)];
        Refusals = Distinct(text, _handshakes.Index().Where(handshake => handshake.Item.Key.Expect == Expectation.Reject), OfRefusal);
        Servers = Distinct(text, _servers.Index(), server => Add(text, server.Key.Target, server.Key.Address, server.Target));
        Credentials = Distinct(text, _credentials.Index(), credential =>
        {
            text.AppendLabel("identity", credential.Identity, first: true);
            text.AppendLabel("slot", credential.Slot.Label(), first: false);
        });
        _text = text.Written.ToArray();

        void OfHandshake((HandshakeKey Key, Target Target) handshake)
        {
            OfRefusal(handshake);
            text.AppendLabel("slot", handshake.Key.Slot.Label(), first: false);
        }

        void OfRefusal((HandshakeKey Key, Target Target) handshake)
        {
            Add(text, handshake.Key.Target, handshake.Key.Address, handshake.Target);
            text.AppendLabel("identity", handshake.Key.Identity, first: false);
        }
    }

    public LabelledPlace[] Targets { get; }

    public LabelledPlace[] Counted { get; }

    public LabelledPlace[] Handshakes { get; }

    public LabelledPlace[] Refusals { get; }

    public LabelledPlace[] Servers { get; }

    public LabelledPlace[] Credentials { get; }

    /// <param name="known">The labels of an earlier moment, which are reused if only results have changed since; null: there are none.</param>
    public static SeriesLabels Of(FleetSnapshot snapshot, SeriesLabels? known = null) => known is not null && known.AreOf(snapshot) ? known : new(snapshot);

    public ReadOnlySpan<byte> Slice(LabelSet labels) => _text.AsSpan(labels.Start, labels.Length);

    private static void Add(Utf8Buffer text, string name, string address, Target target)
    {
        Add(text, name, target);
        text.AppendLabel("address", address, first: false);
    }

    private static void Add(Utf8Buffer text, string name, Target target)
    {
        text.AppendLabel("target", name, first: true);
        for (var i = 0; i < target.Labels.Count; i++)
        {
            // The configuration refuses such labels; a series with two labels of the same name would make the whole scrape fail.
            var label = target.Labels[i];
            if (!Catalog.TargetLabelNames.Contains(label.Name) && (i == 0 || label.Name != target.Labels[i - 1].Name)) text.AppendLabel(label.Name, label.Value, first: false);
        }
    }

    private static LabelledPlace[] Distinct<T>(Utf8Buffer text, IEnumerable<(int Index, T Item)> items, Action<T> add)
    {
        List<LabelledPlace> places = [];
        var seen = new HashSet<LabelSet>(new ByText(text));
        foreach (var (index, item) in items)
        {
            var start = text.Length;
            add(item);
            var labels = new LabelSet(start, text.Length - start);
            if (seen.Add(labels)) places.Add(new(index, labels));
        }

        return [.. places];
    }

    private bool AreOf(FleetSnapshot snapshot)
    {
        if ((snapshot.Targets.Count, snapshot.Handshakes.Count, snapshot.Servers.Count, snapshot.Credentials.Count)
            != (_targets.Length, _handshakes.Length, _servers.Length, _credentials.Length)) return false;
        for (var i = 0; i < _targets.Length; i++)
        {
            if (!ReferenceEquals(snapshot.Targets[i], _targets[i])) return false;
        }

        for (var i = 0; i < _handshakes.Length; i++)
        {
            var handshake = snapshot.Handshakes[i];
            if (!ReferenceEquals(handshake.Key, _handshakes[i].Key) || !ReferenceEquals(handshake.Target, _handshakes[i].Target)) return false;
        }

        for (var i = 0; i < _servers.Length; i++)
        {
            var server = snapshot.Servers[i];
            if (server.Key != _servers[i].Key || !ReferenceEquals(server.Target, _servers[i].Target)) return false;
        }

        for (var i = 0; i < _credentials.Length; i++)
        {
            if ((snapshot.Credentials[i].Identity, snapshot.Credentials[i].Slot) != _credentials[i]) return false;
        }

        return true;
    }

    /// <summary>Sets of labels are equal if their text is equal.</summary>
    private sealed class ByText(Utf8Buffer buffer) : IEqualityComparer<LabelSet>
    {
        public bool Equals(LabelSet x, LabelSet y) => buffer.Slice(x).SequenceEqual(buffer.Slice(y));

        public int GetHashCode([DisallowNull] LabelSet obj)
        {
            var hash = default(HashCode);
            hash.AddBytes(buffer.Slice(obj));
            return hash.ToHashCode();
        }
    }
}
