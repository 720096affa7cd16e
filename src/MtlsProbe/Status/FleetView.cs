using System.Collections.Frozen;
using MtlsProbe.Model;

namespace MtlsProbe.Status;

/// <summary>
/// The fleet at one moment as people and programs ask about it: what the metrics show, by handshake, target, credential and certificate.
/// Immutable, and built once for all questions between two changes; what only some questions need is made when one of them comes.
/// </summary>
internal sealed class FleetView
{
    private readonly Lazy<FrozenDictionary<string, Target>> _targets;
    private readonly Lazy<Inventory> _inventory;
    private readonly Lazy<IReadOnlyList<IdentityView>> _identities;

    public FleetView(FleetSnapshot snapshot)
    {
        Snapshot = snapshot;
        var servers = snapshot.Servers.ToDictionary(server => server.Key);
        Handshakes = [.. snapshot.Handshakes.Select((state, order) => new HandshakeEntry(state, servers.GetValueOrDefault(state.Key.Server), order))];
        ByTarget = Handshakes.ToLookup(entry => entry.Key.Target, StringComparer.Ordinal);
        _targets = new(() => snapshot.Targets.ToFrozenDictionary(target => target.Name, StringComparer.Ordinal));
        _inventory = new(() => Inventory.Of(snapshot));
        _identities = new(() => IdentityView.All(this));
    }

    public FleetSnapshot Snapshot { get; }

    /// <summary>In the order of the configuration.</summary>
    public IReadOnlyList<HandshakeEntry> Handshakes { get; }

    public ILookup<string, HandshakeEntry> ByTarget { get; }

    /// <summary>Every certificate seen.</summary>
    public Inventory Inventory => _inventory.Value;

    /// <summary>Those with a rotation under way first, then in the order of the configuration.</summary>
    public IReadOnlyList<IdentityView> Identities => _identities.Value;

    public Target? Target(string name) => _targets.Value.GetValueOrDefault(name);

    /// <summary>The worst of a target's handshakes. One with a replacement that is being rolled out breaks nothing yet, and does not count.</summary>
    public static Condition ConditionOf(IEnumerable<HandshakeEntry> handshakes) => handshakes
        .Where(entry => entry.Key.Slot == Slot.Current)
        .Select(entry => entry.Condition)
        .DefaultIfEmpty(Condition.Pending)
        .MinBy(condition => condition.Severity());
}
