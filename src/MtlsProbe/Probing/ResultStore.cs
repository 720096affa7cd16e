using MtlsProbe.Model;

namespace MtlsProbe.Probing;

/// <summary>
/// The results of the fleet: one immutable <see cref="HandshakeState"/> per job of the plan, replaced whole by each result. Thread-safe.
/// </summary>
internal sealed class ResultStore
{
    private readonly Lock _gate = new();
    private readonly Histogram _durations = new([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]);
    private IReadOnlyList<ProbeJob> _plan = [];
    private Dictionary<HandshakeKey, HandshakeState> _states = [];
    private HashSet<HandshakeKey>? _awaited;

    /// <summary>The state of every job, in the order of the plan.</summary>
    public IReadOnlyList<HandshakeState> All
    {
        get { lock (_gate) return [.. _plan.Select(job => _states[job.Key])]; }
    }

    /// <summary>Durations of the TLS handshakes of the whole fleet, in seconds; kept over reloads.</summary>
    public HistogramState Durations => _durations.State;

    /// <summary>Whether every job of the first plan that is still planned has a result. Once true it stays so.</summary>
    public bool FirstRoundDone
    {
        get { lock (_gate) return _awaited is { Count: 0 }; }
    }

    /// <summary>
    /// Takes a new plan. Jobs that make the same handshake as before keep their state, others begin anew, and what is not planned any
    /// more is forgotten.
    /// </summary>
    public void Apply(IReadOnlyList<ProbeJob> plan)
    {
        lock (_gate)
        {
            var states = new Dictionary<HandshakeKey, HandshakeState>(plan.Count);
            foreach (var job in plan)
            {
                states[job.Key] = _states.TryGetValue(job.Key, out var state) && job.ProbesTheSameAs(JobOf(state))
                    ? state with { Target = job.Target }
                    : new HandshakeState { Key = job.Key, Target = job.Target };
            }

            _plan = plan;
            _states = states;
            if (_awaited is null) _awaited = [.. states.Keys];
            else _awaited.IntersectWith(states.Keys);
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
            change = new StateChange(before, After(before, result));
            _states[job.Key] = change.After;
            _awaited?.Remove(job.Key);
        }

        if (result.Timings.Handshake is { } seconds) _durations.Observe(seconds);
        return change;
    }

    /// <summary>A result on its own, without what came before.</summary>
    public static HandshakeState Alone(Target target, ProbeResult result) =>
        After(new HandshakeState { Key = ProbePlan.For(target)[0].Key, Target = target }, result);

    private static ProbeJob JobOf(HandshakeState state) => new(state.Key, state.Target);

    private static HandshakeState After(HandshakeState state, ProbeResult result)
    {
        var leafChanged = state.Server is { } last && result.ServerCertificates.Count > 0 && result.ServerCertificates[0] != last.Certificates[0];
        return state with
        {
            Last = result,
            LastSuccess = result.Success ? result.At : state.LastSuccess,
            Outcomes = Incremented(state.Outcomes, (int)result.Outcome),
            Failures = result.Failure is { } failure ? Incremented(state.Failures, (int)failure.Class) : state.Failures,
            LeafChanges = leafChanged ? state.LeafChanges + 1 : state.LeafChanges,
            LastLeafChange = leafChanged ? result.At : state.LastLeafChange,

            // Kept for as long as the target is configured: alerts on expiry must not fall silent during an outage.
            Server = result.ServerCertificates.Count > 0
                ? new ServerFacts(result.At, result.ServerCertificates, result.Chain, result.Tls, result.ClientCertificate)
                : state.Server,
        };
    }

    private static ValueList<long> Incremented(ValueList<long> counts, int index) =>
        counts.Select((count, i) => i == index ? count + 1 : count).ToValueList();
}

/// <summary>What one result did to the state of its job.</summary>
internal sealed record StateChange(HandshakeState Before, HandshakeState After);
