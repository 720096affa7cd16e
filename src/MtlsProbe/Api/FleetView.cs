using MtlsProbe.Forecast;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Text;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>
/// The fleet at one moment, as people and programs query it: what the metrics show, by handshake, target, credential and certificate. Immutable, and
/// built once for all requests between two changes. Parts that only some requests need are computed on demand.
/// </summary>
internal sealed class FleetView
{
    private readonly Lazy<HandshakesByTarget> _byTarget;
    private readonly Lazy<Inventory> _inventory;
    private readonly Lazy<IReadOnlyList<AccessRow>> _access;
    private readonly Lazy<IReadOnlyList<IdentityView>> _identities;
    private readonly Lazy<IReadOnlyList<ForecastHandshake>> _forecast;
    private readonly Lazy<IReadOnlyList<TargetEntry>> _targets;
    private readonly Lazy<Dictionary<string, ExpiryLevel>> _levels;
    private readonly Lazy<HashSet<string>> _onlyRefused;

    public FleetView(FleetSnapshot snapshot)
    {
        Snapshot = snapshot;
        var servers = new ServersInOrder(snapshot.Servers);
        HandshakeEntry[] handshakes = [.. snapshot.Handshakes.Select((state, order) => new HandshakeEntry(state, servers.Of(state.Key), order))];
        Handshakes = handshakes;
        _byTarget = new(() => new HandshakesByTarget(handshakes));
        _inventory = new(() => Inventory.Of(snapshot));
        _access = new(() => [.. snapshot.Targets.Select(target => AccessRow.Of(target, ByTarget[target.Name].Select(entry => (entry.Key, entry.Last))))]);
        _identities = new(() => IdentityView.All(this));
        _levels = new(() => Levels(snapshot));
        _targets = new(() => [.. snapshot.Targets.Select(Row)]);
        _onlyRefused = new(() => [.. snapshot.Targets.SelectMany(target => target.MustReject).Except(snapshot.Targets.SelectMany(target => target.Accepted))]);
        _forecast = new(() => [.. handshakes.Where(entry => entry.Key.Expect == Expectation.Accept).Select(entry => new ForecastHandshake(entry.Key, entry.Last))]);
    }

    public FleetSnapshot Snapshot { get; }

    /// <summary>In the order of the configuration.</summary>
    public IReadOnlyList<HandshakeEntry> Handshakes { get; }

    public HandshakesByTarget ByTarget => _byTarget.Value;

    /// <summary>In the order of the configuration.</summary>
    public IReadOnlyList<TargetEntry> Targets => _targets.Value;

    /// <summary>Who may call each target, in the order of the configuration.</summary>
    public IReadOnlyList<AccessRow> Access => _access.Value;

    /// <summary>Every certificate seen.</summary>
    public Inventory Inventory => _inventory.Value;

    /// <summary>Those with a rotation in progress first, then in the order of the configuration.</summary>
    public IReadOnlyList<IdentityView> Identities => _identities.Value;

    /// <summary>What will fail within a time from now; computed for each request, because requests rarely use the same time.</summary>
    public ForecastReport Forecast(TimeSpan within, ForecastFilter filter) => ForecastReport.Of(
        [.. _forecast.Value.Where(handshake => filter.Passes(handshake.Key))], ForecastSources.Of(Snapshot.Identities, Snapshot.TrustSources, Snapshot.Targets), Snapshot.At,
        within < DateTimeOffset.MaxValue - Snapshot.At ? Snapshot.At + within : DateTimeOffset.MaxValue, Shown.Most);

    /// <summary>Whether an identity is only there to be refused: the expiry of its credential affects no service.</summary>
    public bool IsOnlyRefused(string identity) => _onlyRefused.Value.Contains(identity);

    /// <summary>Found by linear search: a view is asked for a few names at most before the next one is made.</summary>
    public Target? Target(string name) => Snapshot.Targets.FirstOrDefault(target => target.Name == name);

    /// <summary>The facts of one target, computed without the others.</summary>
    public TargetEntry Row(Target target, int order = 0) => TargetEntry.Of(target, ByTarget[target.Name], _levels.Value, Snapshot.At, order);

    /// <summary>For the credential in use of each identity; nothing depends on the next one yet.</summary>
    private static Dictionary<string, ExpiryLevel> Levels(FleetSnapshot snapshot)
    {
        var levels = new Dictionary<string, ExpiryLevel>(StringComparer.Ordinal);
        foreach (var credential in snapshot.Credentials)
        {
            if (credential.Slot != Slot.Current) continue;
            if (ExpiryRule.Worse(ExpiryRule.OfChain(credential.Chain, snapshot.At), ExpiryRule.OfRenewal(credential.RenewedAt)) is { } level) levels[credential.Identity] = level;
        }

        return levels;
    }

    /// <summary>
    /// Finds the server of each handshake. Both lists are in the order of the plan, so it is nearly always this one or the next; otherwise it is
    /// looked up.
    /// </summary>
    private sealed class ServersInOrder(IReadOnlyList<ServerState> servers)
    {
        private readonly Lazy<Dictionary<ServerKey, ServerState>> _all = new(() => servers.ToDictionary(server => server.Key));
        private int _at;

        public ServerState? Of(HandshakeKey handshake)
        {
            if (Is(_at)) return servers[_at];
            if (Is(_at + 1)) return servers[++_at];
            return _all.Value.GetValueOrDefault(handshake.Server);

            bool Is(int at) => at < servers.Count && servers[at].Key.Target == handshake.Target && servers[at].Key.Address == handshake.Address;
        }
    }
}
