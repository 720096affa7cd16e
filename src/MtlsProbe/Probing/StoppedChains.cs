using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Probing;

/// <summary>
/// Probes servers again whose chain stopped at an unknown issuer, once this issuer is known: the advice then changes, and must not wait for the next
/// interval. Thread-safe.
/// </summary>
/// <param name="runSoon">Runs the probes of these handshakes now.</param>
/// <param name="failed">Called with unexpected errors; the next result tries again.</param>
internal sealed class StoppedChains(
    IssuersSeen issuers, MaterialStore materials, ResultStore results, Action<IReadOnlySet<HandshakeKey>> runSoon, Action<Exception> failed, TimeProvider time)
{
    /// <summary>
    /// The delay before the check: it covers all issuers that are learned at about the same time. In the first round they come in any order.
    /// </summary>
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<HandshakeKey, long> _looked = []; // only the check in progress uses it
    private int _requests; // since the check in progress began; 0: none is in progress

    /// <summary>
    /// Until every server has been probed once, one of them may still present the missing issuer. The fault is reported only then, so that it does
    /// not change after each start.
    /// </summary>
    public static ServerState WhileOthersMayTell(ServerState server) =>
        server.Facts is { Chain.StopsAt: not null } facts ? server with { Facts = facts with { Chain = null } } : server;

    /// <summary>Call this after each result.</summary>
    public void LookAgainSoon(Target target, ProbeResult result)
    {
        // A result that was judged before its issuer became known can arrive after the check for that issuer.
        var isNews = issuers.TakeNews() || (result.Chain?.StopsAt is { } last && Knows(last, target));
        if (isNews && Interlocked.Increment(ref _requests) == 1) _ = LookAgainAsync();
    }

    /// <summary>Checks until no request has arrived during a check.</summary>
    private async Task LookAgainAsync()
    {
        int served;
        do
        {
            served = Volatile.Read(ref _requests);
            await Task.Delay(Delay, time).ConfigureAwait(false);
            LookAgain();
        }
        while (Interlocked.Add(ref _requests, -served) > 0);
    }

    private void LookAgain()
    {
        try
        {
            var states = results.All;
            var stopped = states.Where(IsKnownNow).Select(state => state.Key).ToHashSet();
            if (_looked.Count > states.Count) ForgetAllBut([.. states.Select(state => state.Key)]);
            foreach (var key in stopped) _looked[key] = time.GetTimestamp();
            if (stopped.Count > 0) runSoon(stopped);
        }
        catch (Exception fault)
        {
            failed(fault);
        }
    }

    /// <summary>Forgets removed targets.</summary>
    private void ForgetAllBut(HashSet<HandshakeKey> planned)
    {
        foreach (var gone in _looked.Keys.Where(key => !planned.Contains(key)).ToList()) _looked.Remove(gone);
    }

    private bool IsKnownNow(HandshakeState state)
    {
        if (state.Last?.Chain?.StopsAt is not { } last) return false;

        // Once in an interval, whatever a server presents each time.
        var isDue = !_looked.TryGetValue(state.Key, out var looked) || time.GetElapsedTime(looked) >= state.Target.Interval;
        return isDue && Knows(last, state.Target);
    }

    private bool Knows(Certificate last, Target target) => materials.Trust(target.Trust).Bundle is { } trust && issuers.KnowsIssuerOf(last, trust);
}
