using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;
using Prometheus;

namespace MtlsProbe.Probing;

/// <summary>
/// The results of the fleet: one immutable <see cref="HandshakeState"/> per job of the plan and one <see cref="ServerState"/> per address,
/// replaced whole by each result. Thread-safe.
/// </summary>
/// <param name="durations">Takes the durations of the TLS handshakes that were completed, in seconds; null: nobody wants to know.</param>
internal sealed class ResultStore(IObserver? durations = null)
{
    private readonly Lock _gate = new();
    private IReadOnlyList<ProbeJob> _plan = [];
    private IReadOnlyList<ServerKey> _addresses = [];
    private Dictionary<HandshakeKey, HandshakeState> _states = [];
    private Dictionary<ServerKey, ServerState> _servers = [];
    private ILookup<HandshakeKey, HandshakeKey> _replicas = Enumerable.Empty<HandshakeKey>().ToLookup(key => key);
    private HashSet<HandshakeKey> _awaited = [];
    private bool _firstPlanIsWhole;
    private long _version;

    /// <summary>The state of every job, in the order of the plan.</summary>
    public IReadOnlyList<HandshakeState> All
    {
        get { lock (_gate) return [.. _plan.Select(job => _states[job.Key])]; }
    }

    /// <summary>The state of every server, in the order of the plan.</summary>
    public IReadOnlyList<ServerState> Servers
    {
        get { lock (_gate) return [.. _addresses.Select(address => _servers[address])]; }
    }

    /// <summary>Another one after each change; it only grows.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Whether every job of the first whole plan that is still planned has a result. Once true it stays so.</summary>
    public bool FirstRoundDone
    {
        get { lock (_gate) return _firstPlanIsWhole && _awaited.Count == 0; }
    }

    /// <summary>
    /// Takes a new plan. Jobs that make the same handshake as before keep their state, others begin anew, and what is not planned any
    /// more is forgotten; the same goes for servers.
    /// </summary>
    /// <param name="isWhole">False while some addresses are not known yet, so that more jobs will come.</param>
    public void Apply(IReadOnlyList<ProbeJob> plan, bool isWhole = true)
    {
        lock (_gate)
        {
            var states = new Dictionary<HandshakeKey, HandshakeState>(plan.Count);
            var servers = new Dictionary<ServerKey, ServerState>(plan.Count);
            var revision = Interlocked.Increment(ref _version);
            foreach (var job in plan)
            {
                states[job.Key] = _states.TryGetValue(job.Key, out var state) && job.ProbesTheSameAs(JobOf(state))
                    ? state.Target == job.Target ? state : state with { Target = job.Target, Revision = revision }
                    : new HandshakeState { Key = job.Key, Target = job.Target, Revision = revision };
                if (job.Key.Expect == Expectation.Reject) continue;
                servers[job.Key.Server] = _servers.TryGetValue(job.Key.Server, out var server) && ProbeJob.IsSameServer(job.Target, server.Target)
                    ? server with { Target = job.Target }
                    : new ServerState { Key = job.Key.Server, Target = job.Target };
            }

            if (_firstPlanIsWhole) _awaited.IntersectWith(states.Keys);
            else _awaited = [.. states.Values.Where(state => state.Last is null).Select(state => state.Key)];
            _firstPlanIsWhole |= isWhole;
            (_plan, _states, _servers, _addresses) = (plan, states, servers, [.. servers.Keys]);
            _replicas = plan.ToLookup(job => ReplicaAdvice.Group(job.Key), job => job.Key);
        }
    }

    /// <summary>
    /// Adds a result. Null when its job is not planned any more, or not like this: a late result of what a reload has replaced.
    /// </summary>
    public StateChange? Record(ProbeJob job, ProbeResult result)
    {
        StateChange change;
        lock (_gate)
        {
            if (!_states.TryGetValue(job.Key, out var before) || !job.ProbesTheSameAs(JobOf(before))) return null;
            _servers.TryGetValue(job.Key.Server, out var server);
            result = ReplicaAdvice.Of(Corroboration.Of(result, server is { AcceptsCurrent: true }), Replicas(job.Key));
            var serverAfter = server is null || job.Key.Expect == Expectation.Reject ? server : After(server, result);
            var after = After(before, result with { Leaves = serverAfter?.Leaves }) with { Revision = Interlocked.Increment(ref _version) };
            change = new StateChange(before, after, server, serverAfter);
            _states[job.Key] = change.After;
            if (serverAfter is not null) _servers[job.Key.Server] = serverAfter;
            _awaited.Remove(job.Key);
        }

        // The confirm phase begins when the handshake is complete. One that was cut short says how patient we are, not how fast the server is.
        if (result.Timings is { Handshake: { } seconds, Confirm: not null }) durations?.Observe(seconds);
        return change;
    }

    /// <summary>Something that is shown beside the results has changed.</summary>
    public void Touch() => Interlocked.Increment(ref _version);

    /// <summary>Results on their own, without what came before.</summary>
    public static ResultStore Alone(IReadOnlyList<ProbeJob> jobs, IReadOnlyList<ProbeResult> results)
    {
        var store = new ResultStore();
        store.Apply(jobs);
        foreach (var (job, result) in jobs.Zip(results)) store.Record(job, result);
        return store;
    }

    /// <summary>The last results of the same target and credential at other addresses; found when they are asked for.</summary>
    private IEnumerable<ProbeResult> Replicas(HandshakeKey key) =>
        _replicas[ReplicaAdvice.Group(key)].Where(other => other != key).Select(other => _states[other].Last).OfType<ProbeResult>();

    private static ProbeJob JobOf(HandshakeState state) => new(state.Key, state.Target);

    private static HandshakeState After(HandshakeState state, ProbeResult result) => state with
    {
        Last = result,
        LastSuccess = result.Success ? result.At : state.LastSuccess,
        Since = state.Last is { } last && IsSameState(last, result) ? state.Since : result.At,
        History = state.History.With(result),
        Outcomes = Incremented(state.Outcomes, (int)result.Outcome),
        Failures = result.Failure is { } failure ? Incremented(state.Failures, (int)failure.Class) : state.Failures,
        Server = Facts(result) ?? state.Server,
    };

    private static bool IsSameState(ProbeResult before, ProbeResult result) =>
        (before.Outcome, before.Failure?.Reason, before.Failure?.Alert) == (result.Outcome, result.Failure?.Reason, result.Failure?.Alert);

    private static ServerState After(ServerState server, ProbeResult result) => WithFacts(
        result.Slot == Slot.Current ? server with { AcceptsCurrent = result.Outcome == Outcome.Accepted } : server, result);

    private static ServerState WithFacts(ServerState server, ProbeResult result) => Facts(result) is not { } facts
        ? server with { Facts = server.Facts is { } known && result.Chain is { } unreadable ? known with { Chain = unreadable } : server.Facts }
        : server with { Facts = facts with { ClientCertificate = facts.ClientCertificate ?? server.Facts?.ClientCertificate }, Leaves = server.Leaves.With(facts.Certificates[0], result.At) };

    /// <summary>
    /// Null when the server presented nothing: what it showed before is kept for as long as the target is configured, since alerts on
    /// expiry must not fall silent during an outage.
    /// </summary>
    private static ServerFacts? Facts(ProbeResult result) => result.ServerCertificates.Count == 0
        ? null
        : new ServerFacts(result.At, result.ServerCertificates, result.Chain, result.Tls, result.ClientCertificate, result.Expected);

    private static ValueList<long> Incremented(ValueList<long> counts, int index) =>
        counts.Select((count, i) => i == index ? count + 1 : count).ToValueList();
}

/// <summary>What one result did to the state of its job, and of its server.</summary>
/// <param name="ServerBefore">Null for a handshake that the server has to refuse.</param>
internal sealed record StateChange(HandshakeState Before, HandshakeState After, ServerState? ServerBefore, ServerState? ServerAfter);
