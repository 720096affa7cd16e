using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;
using Prometheus;

namespace MtlsProbe.Probing;

/// <summary>
/// Holds the results of the fleet: one immutable <see cref="HandshakeState"/> per job of the plan and one <see cref="ServerState"/> per address,
/// replaced as a whole by each result. It does not decide the meaning of a result. Thread-safe.
/// </summary>
/// <param name="durations">Observes the durations of completed TLS handshakes, in seconds; null: not observed.</param>
/// <param name="most">
/// The limit for the facts of servers, in bytes, above which the most expensive ones are reduced; null: that of <see cref="PeerMemory"/>.
/// </param>
internal sealed class ResultStore(IObserver? durations = null, long? most = null)
{
    /// <summary>Bytes that the facts of any server may have, however many targets share the budget.</summary>
    private const long LeastShare = 8 * 1024;

    /// <summary>
    /// A job keeps its last result, the last facts that its server presented to it, and the last facts that the server presented to any job.
    /// </summary>
    private const int HoldingsOfOne = 3;

    private readonly long _most = most ?? PeerMemory.OfResults;
    private readonly KeptCertificates _certificates = new();
    private readonly Lock _gate = new();
    private readonly SharedFacts _shared = new();
    private readonly KeyTable<HandshakeKey, HandshakeState> _states = new(state => state.Key);
    private readonly KeyTable<ServerKey, ServerState> _servers = new(server => server.Key);
    private readonly HashSet<HandshakeKey> _later = []; // those that the first round does not wait for, because they came after the first complete plan
    private ProbePlan _plan = ProbePlan.Empty;
    private int[]? _statesInOrder; // places in the tables; null: must be computed again, because the plan has changed
    private int[]? _serversInOrder;
    private int _awaited;
    private long _texts;
    private bool _firstPlanIsWhole;
    private long _version;

    /// <summary>What to probe, as of the last change.</summary>
    public ProbePlan Plan
    {
        get { lock (_gate) return _plan; }
    }

    /// <summary>The state of every job, in the order of the plan.</summary>
    public IReadOnlyList<HandshakeState> All
    {
        get { lock (_gate) return Now(_states, _statesInOrder ??= [.. _plan.Jobs.Select(job => _states.IndexOf(job.Key))]); }
    }

    /// <summary>The state of every server, in the order of the plan.</summary>
    public IReadOnlyList<ServerState> Servers
    {
        get { lock (_gate) return Now(_servers, _serversInOrder ??= [.. _plan.Targets.SelectMany(target => target.Servers).Select(_servers.IndexOf)]); }
    }

    /// <summary>The cost of the facts of servers, in bytes.</summary>
    public long Cost
    {
        get { lock (_gate) return _certificates.Cost + _texts; }
    }

    /// <summary>The result of the last probe of this job; null if there is none.</summary>
    public Outcome? OutcomeOf(HandshakeKey key)
    {
        lock (_gate) return _states.Find(key)?.Last?.Outcome;
    }

    /// <summary>It increases with each change.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Whether every job of the first complete plan that is still planned has a result. Once true, it stays true.</summary>
    public bool FirstRoundDone
    {
        get { lock (_gate) return _firstPlanIsWhole && _awaited == 0; }
    }

    /// <summary>
    /// Applies a change of the plan. Jobs with the same handshake keep their state, others start without one, and the state of removed jobs is
    /// dropped. The same applies to servers.
    /// </summary>
    /// <param name="isWhole">False while some addresses are not known yet: more jobs will come.</param>
    public void Apply(PlanChange change, bool isWhole = true)
    {
        lock (_gate)
        {
            var revision = Interlocked.Increment(ref _version);
            _states.Reserve(change.After.Jobs.Count());
            _servers.Reserve(change.After.Targets.Count);
            foreach (var target in change.Targets)
            {
                HashSet<HandshakeKey> awaited = [.. target.Removed.Select(job => job.Key).Where(IsAwaited)];
                foreach (var job in target.Removed) Forget(job.Key);
                foreach (var job in target.Added.DistinctBy(job => job.Key))
                {
                    Put(new HandshakeState { Key = job.Key, Target = job.Target, Revision = revision });
                    if (!_firstPlanIsWhole || awaited.Contains(job.Key)) _awaited++; // the latter's handshake has changed: it still has no result
                    else _later.Add(job.Key);
                }

                foreach (var job in target.Altered)
                {
                    if (_states[job.Key] is var state && state.Target != job.Target) Put(state with { Target = job.Target, Revision = revision });
                }

                foreach (var gone in (target.Before?.Servers ?? []).Except(target.After?.Servers ?? [])) Forget(gone);
                foreach (var job in target.After?.Jobs ?? []) Follow(job);
            }

            _firstPlanIsWhole |= isWhole;
            _plan = change.After;
            (_statesInOrder, _serversInOrder) = (null, null);
        }
    }

    /// <summary>
    /// Replaces the states of a job and its server with the next ones. If the job is no longer planned, or has been replaced, it returns null and
    /// replaces nothing.
    /// </summary>
    /// <param name="after">
    /// Computes the next states. It gets the current states (that of the server only if there is one), the last result of the credential in use at
    /// the same address if this one is staged, the last results of the same target and credential at other addresses, and a function that bounds a
    /// result before it is kept. Pure, because it is called under the store's lock.
    /// </param>
    public StateChange? Replace(
        ProbeJob job, Func<HandshakeState, ServerState?, ProbeResult?, IEnumerable<ProbeResult>, Func<ProbeResult, ProbeResult>, StateChange> after)
    {
        StateChange change;
        lock (_gate)
        {
            if (!_states.TryFind(job.Key, out var before) || !ProbeJob.IsSameServer(job.Target, before.Target)) return null;
            change = after(before, _servers.Find(job.Key.Server), InUse(job.Key), Replicas(job.Key), result => Bounded(result, before));
            change = change with { After = change.After with { Revision = Interlocked.Increment(ref _version) } };
            Arrived(before);
            Put(change.After);
            if (change.ServerAfter is { } server) Put(_shared.Of(server, change.ServerBefore));
        }

        if (change.HandshakeSeconds is { } seconds) durations?.Observe(seconds);
        return change;
    }

    /// <summary>Something that is shown together with the results has changed.</summary>
    public void Touch() => Interlocked.Increment(ref _version);

    private ProbeResult? InUse(HandshakeKey key) =>
        key.Slot == Slot.Next ? _states.Find(key with { Slot = Slot.Current })?.Last : null;

    /// <summary>The last results of the same target and credential at other addresses, computed on demand.</summary>
    private IEnumerable<ProbeResult> Replicas(HandshakeKey key)
    {
        foreach (var job in _plan.Of(key.Target)?.Jobs ?? [])
        {
            if (job.Key != key && job.Key with { Address = key.Address } == key && _states[job.Key].Last is { } last) yield return last;
        }
    }

    /// <summary>
    /// The result as it is kept. While there is room, each can be large. If there is none, a server above its fair share is reduced to it with its
    /// next result, and the others keep theirs.
    /// </summary>
    private ProbeResult Bounded(ProbeResult result, HandshakeState before)
    {
        var kept = _shared.Of(KeptFacts.Of(result, before), before.Last);
        if (kept.ServerCertificates.IsSame(before.Server?.Certificates ?? []) && _certificates.Cost + _texts <= _most) return kept;
        var cost = KeptFacts.TextCost(kept) + _certificates.CostFor(kept.ServerCertificates, HoldingsOfOne);
        var share = _certificates.Cost + _texts + cost <= _most ? KeptFacts.Most : Math.Clamp(_most / Math.Max(1, _states.Count), LeastShare, KeptFacts.Most);
        return cost <= share ? kept : KeptFacts.Reduced(kept, share);
    }

    /// <summary>Whether the first round waits for the first result of this job.</summary>
    private bool IsAwaited(HandshakeKey key) => _states.Find(key) is { Last: null } && !_later.Contains(key);

    /// <summary>There is no need to wait for this job any more: it gets a result, or goes.</summary>
    private void Arrived(HandshakeState before)
    {
        if (before.Last is null && !_later.Remove(before.Key)) _awaited--;
    }

    private void Put(HandshakeState state)
    {
        Count(_states.Find(state.Key), state);
        _states.Put(state);
    }

    private void Put(ServerState server)
    {
        Count(_servers.Find(server.Key)?.Facts, server.Facts);
        _servers.Put(server);
    }

    private void Count(HandshakeState? before, HandshakeState? after)
    {
        _certificates.Replace(before?.Last?.ServerCertificates ?? [], after?.Last?.ServerCertificates ?? []);
        if (!ReferenceEquals(before?.Last, after?.Last)) _texts += (after?.Last is { } now ? KeptFacts.TextCost(now) : 0) - (before?.Last is { } then ? KeptFacts.TextCost(then) : 0);
        Count(before?.Server, after?.Server);
    }

    private void Count(ServerFacts? before, ServerFacts? after)
    {
        if (ReferenceEquals(before, after)) return;
        _certificates.Replace(before?.Certificates ?? [], after?.Certificates ?? []);
        _texts += (after is null ? 0 : KeptFacts.TextCost(after)) - (before is null ? 0 : KeptFacts.TextCost(before));
    }

    private void Forget(HandshakeKey key)
    {
        if (_states.Remove(key) is not { } gone) return;
        Arrived(gone);
        Count(gone, null);
    }

    private void Forget(ServerKey key)
    {
        if (_servers.Remove(key) is { } gone) Count(gone.Facts, null);
    }

    private void Follow(ProbeJob job)
    {
        if (job.Key.Expect == Expectation.Reject) return;
        Put(_servers.Find(job.Key.Server) is { } server && ProbeJob.IsSameServer(job.Target, server.Target)
            ? server with
            {
                Target = job.Target,
                Accepted = server.Accepted.All(job.Target.Accepted.Contains) ? server.Accepted : [.. server.Accepted.Where(job.Target.Accepted.Contains)],
                Adoptions = server.Adoptions.All(one => job.Target.Accepted.Contains(one.Identity)) ? server.Adoptions : [.. server.Adoptions.Where(one => job.Target.Accepted.Contains(one.Identity))],
            }
            : new ServerState { Key = job.Key.Server, Target = job.Target });
    }

    private static T[] Now<TKey, T>(KeyTable<TKey, T> table, int[] places)
        where TKey : notnull, IEquatable<TKey>
        where T : class => Array.ConvertAll(places, place => table[place]);
}
