using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Verdicts;

/// <summary>
/// The effect of one result on the state of its handshakes and of its server: values that replace the previous ones. Pure; the store of states
/// decides nothing.
/// </summary>
/// <param name="Before">The state of the series before the result.</param>
/// <param name="ServerBefore">Null if no handshake that the server must accept is planned.</param>
internal sealed record StateChange(HandshakeState Before, HandshakeState After, ServerState? ServerBefore, ServerState? ServerAfter)
{
    private static readonly TimeSpan s_slowestFile = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The duration of the handshake in seconds; null if it was not completed. The start of another phase shows that it was: the time of an
    /// interrupted handshake reflects our patience, not the speed of the server.
    /// </summary>
    public double? HandshakeSeconds =>
        After.Last?.Timings is { Handshake: { } seconds } timings && (timings.Confirm is not null || timings.Application is not null) ? seconds : null;

    /// <summary>The meaning of a result in view of the known state of the server.</summary>
    /// <param name="server">Null if no handshake that the server must accept is planned.</param>
    /// <param name="replicas">The last results of the same target and credential at other addresses; read only if they matter.</param>
    public static ProbeResult Corroborated(ServerState? server, IEnumerable<ProbeResult> replicas, ProbeResult result) => ClockAdvice.Of(
        ReplicaAdvice.Of(Corroboration.Of(result, server is { Accepted.Count: > 0 }), replicas),
        server?.Clock.Now(result.At, server.Target.Interval));

    /// <param name="server">Null if no handshake that the server must accept is planned.</param>
    /// <param name="result">In the form in which it is kept.</param>
    /// <param name="inUse">If the result is of a staged credential: the last one of the credential in use at the same address; null if there is none.</param>
    public static StateChange Of(HandshakeState before, ServerState? server, ProbeResult result, ProbeResult? inUse = null)
    {
        var facts = Facts(result);
        var serverAfter = server is null || before.Key.Expect == Expectation.Reject ? server : With(server, result, facts, inUse);
        return new StateChange(before, With(before, result with { Leaves = serverAfter?.Leaves }, facts), server, serverAfter);
    }

    /// <summary>Whether both are the same state: the same outcome, reason and alert.</summary>
    public static bool IsSameState(ProbeResult before, ProbeResult result) =>
        (before.Outcome, before.Failure?.Reason, before.Failure?.Alert) == (result.Outcome, result.Failure?.Reason, result.Failure?.Alert);

    private static HandshakeState With(HandshakeState state, ProbeResult result, ServerFacts? facts) => state with
    {
        Last = result,
        LastSuccess = result.Success ? result.At : state.LastSuccess,
        Since = state.Last is { } last && IsSameState(last, result) ? state.Since : result.At,
        History = state.History.With(result),
        Outcomes = Incremented(state.Outcomes, (int)result.Outcome),
        Failures = result.Failure is { } failure ? Incremented(state.Failures, (int)failure.Class) : state.Failures,
        Server = facts ?? state.Server,
        Admission = Admission.After(state.Admission, result),
    };

    private static ServerState With(ServerState server, ProbeResult result, ServerFacts? facts, ProbeResult? inUse)
    {
        var leaves = facts is null ? server.Leaves : server.Leaves.With(facts.Certificates[0], result.At);
        return server with
        {
            Accepted = result.Slot == Slot.Current ? Accepted(server.Accepted, result) : server.Accepted,
            Adoptions = Adoption.After(server.Adoptions, result, inUse),
            Clock = server.Clock.With(result.ServerClock),
            Facts = Facts(server.Facts, facts, result),
            Leaves = leaves,
            DeploymentDelay = (facts is null ? null : DeploymentDelay(facts.Expected, leaves)) ?? server.DeploymentDelay,
        };
    }

    private static ValueList<string> Accepted(ValueList<string> before, ProbeResult result) =>
        before.Contains(result.Identity) == (result.Outcome == Outcome.Accepted) ? before
        : result.Outcome == Outcome.Accepted ? [.. before, result.Identity]
        : [.. before.Where(identity => identity != result.Identity)];

    /// <param name="facts">What was presented now; null if nothing was.</param>
    private static ServerFacts? Facts(ServerFacts? before, ServerFacts? facts, ProbeResult result)
    {
        if (facts is null) return before is not null && result.Chain is { } unreadable ? before with { Chain = unreadable } : before;
        return facts.ClientCertificate is null && before?.ClientCertificate is { } asked ? facts with { ClientCertificate = asked } : facts;
    }

    /// <summary>
    /// Time from the change of the expected file to the change on the wire. A server that reads the file at once may be seen with the new certificate
    /// before the file's change is seen, because the file is checked every two seconds and must be read twice: this is not a delay. If the server had
    /// the certificate long before, the file is not its source.
    /// </summary>
    private static TimeSpan? DeploymentDelay(ExpectedCertificateFacts expected, LeafHistory leaves)
    {
        if (expected is not { ServerCertificate: true, Changed: { } file } || leaves.LastChange is not { } wire || file - wire > s_slowestFile) return null;
        return wire > file ? wire - file : TimeSpan.Zero;
    }

    /// <summary>
    /// Null if the server presented nothing: the previous facts are kept for as long as the target is configured, because alerts on expiry must not
    /// stop during an outage.
    /// </summary>
    private static ServerFacts? Facts(ProbeResult result) => result.ServerCertificates.Count == 0
        ? null
        : new ServerFacts(result.At, result.ServerCertificates, result.Chain, result.Tls, result.ClientCertificate, result.Expected);

    private static ValueList<long> Incremented(ValueList<long> counts, int index)
    {
        long[] next = [.. counts.Memory.AsSpan()];
        next[index]++;
        return ValueList.Sharing(next);
    }
}
