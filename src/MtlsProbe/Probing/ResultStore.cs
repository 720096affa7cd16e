using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;
using Prometheus;

namespace MtlsProbe.Probing;

/// <summary>
/// Holds the results of the fleet: one immutable <see cref="HandshakeState"/> per job of the plan and one <see cref="ServerState"/> per
/// address, replaced whole by each result. What a result means is not decided here. Thread-safe.
/// </summary>
/// <param name="durations">Takes the durations of the TLS handshakes that were completed, in seconds; null: nobody wants to know.</param>
internal sealed class ResultStore(IObserver? durations = null)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<HandshakeKey, HandshakeState> _states = [];
    private readonly Dictionary<ServerKey, ServerState> _servers = [];
    private readonly HashSet<HandshakeKey> _awaited = [];
    private ProbePlan _plan = ProbePlan.Empty;
    private bool _firstPlanIsWhole;
    private long _version;

    /// <summary>What has to be probed, as the last change made it.</summary>
    public ProbePlan Plan
    {
        get { lock (_gate) return _plan; }
    }

    /// <summary>The state of every job, in the order of the plan.</summary>
    public IReadOnlyList<HandshakeState> All
    {
        get { lock (_gate) return [.. _plan.Jobs.Select(job => _states[job.Key])]; }
    }

    /// <summary>The state of every server, in the order of the plan.</summary>
    public IReadOnlyList<ServerState> Servers
    {
        get { lock (_gate) return [.. _plan.Targets.SelectMany(target => target.Servers).Select(server => _servers[server])]; }
    }

    /// <summary>What the last probe of this job found; null where it has none.</summary>
    public Outcome? OutcomeOf(HandshakeKey key)
    {
        lock (_gate) return _states.TryGetValue(key, out var state) ? state.Last?.Outcome : null;
    }

    /// <summary>Another one after each change; it only grows.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Whether every job of the first whole plan that is still planned has a result. Once true it stays so.</summary>
    public bool FirstRoundDone
    {
        get { lock (_gate) return _firstPlanIsWhole && _awaited.Count == 0; }
    }

    /// <summary>
    /// Takes a change of the plan. Jobs that make the same handshake as before keep their state, others begin anew, and what is not planned
    /// any more is forgotten; the same goes for servers.
    /// </summary>
    /// <param name="isWhole">False while some addresses are not known yet, so that more jobs will come.</param>
    public void Apply(PlanChange change, bool isWhole = true)
    {
        lock (_gate)
        {
            var revision = Interlocked.Increment(ref _version);
            foreach (var target in change.Targets)
            {
                HashSet<HandshakeKey> awaited = [.. target.Removed.Select(job => job.Key).Where(_awaited.Contains)];
                foreach (var job in target.Removed) Forget(job.Key);
                _awaited.UnionWith(target.Added.Select(job => job.Key).Where(awaited.Contains)); // made in another way: still without a result
                foreach (var job in target.Added) _states[job.Key] = new HandshakeState { Key = job.Key, Target = job.Target, Revision = revision };
                foreach (var job in target.Altered)
                {
                    if (_states[job.Key] is var state && state.Target != job.Target) _states[job.Key] = state with { Target = job.Target, Revision = revision };
                }

                foreach (var gone in (target.Before?.Servers ?? []).Except(target.After?.Servers ?? [])) _servers.Remove(gone);
                foreach (var job in target.After?.Jobs ?? []) Follow(job);
            }

            _firstPlanIsWhole |= isWhole;
            _plan = change.After;
        }
    }

    /// <summary>
    /// Replaces the states of a job and its server by what comes after them. Null, and nothing is replaced, when the job is not planned any
    /// more, or not like this.
    /// </summary>
    /// <param name="after">
    /// Given the states as they are, the server's only where there is one, and the last results of the same target and credential at other
    /// addresses: what comes after. Pure, since it is called under the store's lock.
    /// </param>
    public StateChange? Replace(ProbeJob job, Func<HandshakeState, ServerState?, IEnumerable<ProbeResult>, StateChange> after)
    {
        StateChange change;
        lock (_gate)
        {
            if (!_states.TryGetValue(job.Key, out var before) || !job.ProbesTheSameAs(new ProbeJob(before.Key, before.Target))) return null;
            change = after(before, _servers.GetValueOrDefault(job.Key.Server), Replicas(job.Key));
            change = change with { After = change.After with { Revision = Interlocked.Increment(ref _version) } };
            _states[job.Key] = change.After;
            if (change.ServerAfter is { } server) _servers[job.Key.Server] = server;
            _awaited.Remove(job.Key);
        }

        if (change.HandshakeSeconds is { } seconds) durations?.Observe(seconds);
        return change;
    }

    /// <summary>Something that is shown beside the results has changed.</summary>
    public void Touch() => Interlocked.Increment(ref _version);

    /// <summary>The last results of the same target and credential at other addresses; found when they are asked for.</summary>
    private IEnumerable<ProbeResult> Replicas(HandshakeKey key) =>
        from job in _plan.Of(key.Target)?.Jobs ?? []
        where job.Key != key && job.Key with { Address = key.Address } == key
        let last = _states[job.Key].Last
        where last is not null
        select last;

    private void Forget(HandshakeKey key)
    {
        _states.Remove(key);
        _awaited.Remove(key);
    }

    private void Follow(ProbeJob job)
    {
        if (!_firstPlanIsWhole && _states[job.Key].Last is null) _awaited.Add(job.Key);
        if (job.Key.Expect == Expectation.Reject) return;
        _servers[job.Key.Server] = _servers.TryGetValue(job.Key.Server, out var server) && ProbeJob.IsSameServer(job.Target, server.Target)
            ? server with { Target = job.Target }
            : new ServerState { Key = job.Key.Server, Target = job.Target };
    }
}
