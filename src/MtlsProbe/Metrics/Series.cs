using System.Diagnostics.CodeAnalysis;
using MtlsProbe.Model;

namespace MtlsProbe.Metrics;

/// <summary>
/// The things that an exposition has series for, each once and with its labels escaped once. Whatever a configuration or a plan says,
/// no two of a kind have the same labels.
/// </summary>
internal sealed class Series : IDisposable
{
    private readonly Utf8Buffer _labels;

    public Series(FleetSnapshot snapshot)
    {
        Snapshot = snapshot;
        _labels = new Utf8Buffer(1024 + (256 * snapshot.Handshakes.Count));
        Targets = ByTarget(snapshot.Targets);
        Counted = ByHandshake(snapshot.Handshakes);
        Handshakes = [.. Counted.Where(handshake => handshake.Item.Key.Expect == Expectation.Accept)];
        Refusals = ByRefusal(snapshot.Handshakes);
        Servers = ByServer(snapshot.Servers);
        Credentials = ByCredential(snapshot.Credentials);
    }

    public FleetSnapshot Snapshot { get; }

    public IReadOnlyList<Labelled<Target>> Targets { get; }

    /// <summary>All handshakes, those that have to be refused as well.</summary>
    public IReadOnlyList<Labelled<HandshakeState>> Counted { get; }

    /// <summary>The handshakes that have to be accepted.</summary>
    public IReadOnlyList<Labelled<HandshakeState>> Handshakes { get; }

    /// <summary>The handshakes that have to be refused, with the labels of their server and the identity.</summary>
    public IReadOnlyList<Labelled<HandshakeState>> Refusals { get; }

    public IReadOnlyList<Labelled<ServerState>> Servers { get; }

    public IReadOnlyList<Labelled<CredentialState>> Credentials { get; }

    public ReadOnlySpan<byte> LabelsOf<T>(Labelled<T> item) => _labels.Slice(item.Labels);

    public void Dispose() => _labels.Dispose();

    private List<Labelled<Target>> ByTarget(IReadOnlyList<Target> targets)
    {
        var distinct = Distinct<Target>(targets.Count);
        foreach (var target in targets) distinct.TryAdd(TargetLabels(target.Name, target), target);
        return Listed(distinct);
    }

    private List<Labelled<HandshakeState>> ByHandshake(IReadOnlyList<HandshakeState> handshakes)
    {
        // Where a credential is both to be accepted and to be refused, the former is the one that has all the series.
        var distinct = Distinct<HandshakeState>(handshakes.Count);
        foreach (var handshake in handshakes.OrderBy(handshake => handshake.Key.Expect))
        {
            var labels = ServerLabels(handshake.Key.Server, handshake.Target);
            Label("identity", handshake.Key.Identity);
            Label("slot", handshake.Key.Slot.Label());
            distinct.TryAdd(labels with { Length = _labels.Length - labels.Start }, handshake);
        }

        return Listed(distinct);
    }

    private List<Labelled<HandshakeState>> ByRefusal(IReadOnlyList<HandshakeState> handshakes)
    {
        var distinct = Distinct<HandshakeState>(0);
        foreach (var handshake in handshakes)
        {
            if (handshake.Key.Expect != Expectation.Reject) continue;
            var labels = ServerLabels(handshake.Key.Server, handshake.Target);
            Label("identity", handshake.Key.Identity);
            distinct.TryAdd(labels with { Length = _labels.Length - labels.Start }, handshake);
        }

        return Listed(distinct);
    }

    private List<Labelled<ServerState>> ByServer(IReadOnlyList<ServerState> servers)
    {
        var distinct = Distinct<ServerState>(servers.Count);
        foreach (var server in servers) distinct.TryAdd(ServerLabels(server.Key, server.Target), server);
        return Listed(distinct);
    }

    private List<Labelled<CredentialState>> ByCredential(IReadOnlyList<CredentialState> credentials)
    {
        var distinct = Distinct<CredentialState>(credentials.Count);
        foreach (var credential in credentials)
        {
            var start = _labels.Length;
            _labels.AppendLabel("identity", credential.Identity, first: true);
            Label("slot", credential.Slot.Label());
            distinct.TryAdd(new LabelSet(start, _labels.Length - start), credential);
        }

        return Listed(distinct);
    }

    private LabelSet ServerLabels(ServerKey server, Target target)
    {
        var labels = TargetLabels(server.Target, target);
        Label("address", server.Address);
        return labels with { Length = _labels.Length - labels.Start };
    }

    private LabelSet TargetLabels(string name, Target target)
    {
        var start = _labels.Length;
        _labels.AppendLabel("target", name, first: true);
        for (var i = 0; i < target.Labels.Count; i++)
        {
            // The configuration refuses such labels; a series with two labels of one name would cost us the whole scrape.
            var label = target.Labels[i];
            if (!Catalog.TargetLabelNames.Contains(label.Name) && (i == 0 || label.Name != target.Labels[i - 1].Name)) Label(label.Name, label.Value);
        }

        return new LabelSet(start, _labels.Length - start);
    }

    private void Label(string name, string value) => _labels.AppendLabel(name, value, first: false);

    private Dictionary<LabelSet, T> Distinct<T>(int capacity) => new(capacity, new ByText(_labels));

    private static List<Labelled<T>> Listed<T>(Dictionary<LabelSet, T> items) => [.. items.Select(item => new Labelled<T>(item.Value, item.Key))];

    /// <summary>Sets of labels are equal when they read the same.</summary>
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

/// <summary>Something that has series, and their labels.</summary>
internal readonly record struct Labelled<T>(T Item, LabelSet Labels);
