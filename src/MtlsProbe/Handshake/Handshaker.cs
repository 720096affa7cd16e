using System.Net;
using System.Net.Sockets;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Readiness;
using MtlsProbe.Trust;

namespace MtlsProbe.Handshake;

/// <summary>
/// Makes one full handshake and reports what it saw. If that is ambiguous, it probes again, and checks how the server treats others. Every ending is
/// a value; only the cancellation of the caller throws.
/// </summary>
internal sealed class Handshaker
{
    /// <summary>
    /// The pause before the second probe of a server that closed without an alert: a server that was being stopped is then gone, or back.
    /// </summary>
    public static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    /// <summary>Maximum number of connections of one probe; a verdict takes one, seldom two.</summary>
    private const int MostLooks = 5;

    /// <summary>A probe with a silence needs at least this part of the time.</summary>
    private const int PatientPart = 4;

    private readonly Resolver _resolver;
    private readonly ChainJudge _chains;
    private readonly TimeProvider _time;
    private readonly Action<TimeSpan> _delayed;
    private readonly Dialer _dialer;
    private readonly TlsContexts _contexts = new();
    private readonly CertificateCache _certificates = new();
    private readonly Passage _passage;
    private readonly Controls _controls;

    /// <param name="delayed">Called with the delay of each network event, on many threads.</param>
    /// <param name="secrets">The passwords of proxies; null: there are none.</param>
    public Handshaker(Resolver resolver, ChainJudge chains, TimeProvider time, Action<TimeSpan>? delayed = null, SecretLookup? secrets = null)
    {
        (_resolver, _chains, _time, _delayed) = (resolver, chains, time, delayed ?? (_ => { }));
        _dialer = new Dialer(time);
        _passage = new Passage(secrets ?? (_ => new LoadedSecret(null, null)));
        _controls = new Controls(new ControlHandshake(_dialer, _passage, _contexts, time, _delayed).ShowAsync, time);
    }

    /// <param name="credential">Null presents no certificate.</param>
    /// <param name="password">The password for the target's login; null if it has none.</param>
    /// <param name="mustReject">The server must refuse the credential: if it does so with an alert, that serves as a control for others.</param>
    /// <exception cref="OperationCanceledException">The caller stopped.</exception>
    public async Task<Observation> ObserveAsync(
        Target target, Credential? credential, Secret? password, TrustBundle trust, ProbeRun run, CancellationToken cancellation, bool mustReject = false)
    {
        if (target.Protocol.Login is PasswordLogin && password is null) throw new ArgumentNullException(nameof(password));
        var at = _time.GetUtcNow();
        try
        {
            using var deadline = new Deadline(run.Time, _time, cancellation);
            return await ObserveAsync(new Probe(target, credential, password, trust, _contexts.For(credential, target), run, mustReject, at, deadline), cancellation).ConfigureAwait(false);
        }
        catch (TlsContextException e)
        {
            return new Observation
            {
                At = at,
                FinalEvent = new FinalEvent(Phase.Identity, FinalEventKind.Material, e.Message) { Material = Reasons.BadFormat },
                Timings = new Timings { Total = 0 },
            };
        }
    }

    private async Task<Observation> ObserveAsync(Probe probe, CancellationToken cancellation)
    {
        var deadline = probe.Deadline;
        var stop = deadline.Token;
        var patience = TimeSpan.Zero;
        var asksAtOnce = !probe.MustReject && probe.Run.Before != Outcome.Rejected;
        NextLook? earlier = null;
        var closes = 0; // consecutive, by one server
        var kept = TimeSpan.Zero; // the longest time that one of these came after
        IPAddress? before = null;
        for (var look = 1; ; look++, asksAtOnce = false)
        {
            using var attempt = new Attempt(probe.Target, probe.Credential, probe.Password, probe.Trust, probe.Context, asksAtOnce, patience, earlier, _chains, _certificates, _passage, _time, deadline, _delayed);
            Task<ControlFacts>? control = null;
            var ending = await LookAsync(attempt, probe, look, before, () => control = ControlOf(probe, attempt, Treatment.Silent, TimeSpan.Zero), cancellation).ConfigureAwait(false);
            var isElsewhere = before is not null && attempt.Remote is { } remote && !remote.Address.Equals(before);
            before = attempt.Remote?.Address ?? before;

            // If the request was sent at once, an answer to it shows that we are accepted. Anything else may hide a decision of the server itself, so
            // the probe is repeated with the silence first, if there is enough time left for a server that took so long.
            var isHasty = attempt.HasAskedAtOnce && !attempt.IsAnswered(ending);
            if (isHasty && deadline.Left > deadline.Elapsed && deadline.Left > deadline.Timeout / PatientPart && look < MostLooks) continue;

            // A server that is being stopped closes all connections without having judged any: one probe is not enough.
            var isClosed = attempt.IsBareClose(ending);
            if (!isClosed || isElsewhere) (closes, kept) = (0, TimeSpan.Zero);
            if (isClosed && attempt.Kept > kept) kept = attempt.Kept;
            if (isClosed && ++closes == 1 && look < MostLooks && await MomentAsync(deadline, cancellation).ConfigureAwait(false))
            {
                // A server that closes by itself after some time must not be mistaken for one that reacts to our close.
                patience = 2 * attempt.Kept < deadline.Left / 2 ? 2 * attempt.Kept : attempt.Kept;
                earlier = null;
                continue;
            }

            // A close that came long after our data can be a late refusal, and one that came at once can be chance. Probe again, with a silence that
            // is longer than the server took: what it does before we send data is its own decision.
            var needed = attempt.NeedsAnotherLook(ending, probe.Run.Before == Outcome.Accepted);
            if (needed is { } next && next.Patience < deadline.Left * 3 / 4 && look < MostLooks && attempt.MayRepeat(ending))
            {
                (patience, earlier) = (next.Patience, next);
                continue;
            }

            var isUnsure = needed is { AfterPlain: false };
            if (isClosed && closes > 1 && !ending.AnswerBegun) control = ControlOf(probe, attempt, Treatment.Closed, kept);
            else if (control is null && !isUnsure) Settle(probe, attempt, ending);

            deadline.Wait();
            var facts = control is null ? null : await InTimeAsync(control, stop, cancellation).ConfigureAwait(false);
            return attempt.Observe(probe.At, ending, deadline.Elapsed) with
            {
                Unsure = isUnsure || isHasty,
                ClosedTwice = isClosed && closes > 1,
                KeptFor = attempt.Kept,
                Control = facts,
                ControlIsPending = control is not null && facts is null,
            };
        }
    }

    /// <param name="kept">How long the server kept connections that it then closed.</param>
    private Task<ControlFacts>? ControlOf(Probe probe, Attempt attempt, Treatment treatment, TimeSpan kept) =>
        probe.Target.Control && attempt is { IsAsked: true, Remote: { } remote }
            ? _controls.Of(remote, probe.Target, probe.Credential, treatment, kept)
            : null;

    /// <summary>A clear ending needs no control, and may serve as one.</summary>
    private void Settle(Probe probe, Attempt attempt, FinalEvent ending)
    {
        if (attempt is not { IsAsked: true, Remote: { } remote }) return;
        if (!probe.MustReject) _controls.Forget(remote, probe.Target, probe.Credential);
        else if (attempt.Refusal(ending) is { } refusal) _controls.Note(remote, probe.Target, attempt.IsAnonymous, refusal);
    }

    /// <summary>Waits before the second probe; false if there is not enough time for the wait and another probe.</summary>
    private async Task<bool> MomentAsync(Deadline deadline, CancellationToken cancellation)
    {
        var (left, stop) = (deadline.Left, deadline.Token);
        var moment = left / 4 < Moment ? left / 4 : Moment;
        if (moment <= TimeSpan.Zero) return false;
        deadline.Wait();
        await Task.Delay(moment, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        deadline.Over(_time.GetTimestamp());
        cancellation.ThrowIfCancellationRequested();
        return !stop.IsCancellationRequested;
    }

    /// <summary>Null if the control does not end before the deadline of the probe; the next probe then has it.</summary>
    private static async Task<ControlFacts?> InTimeAsync(Task<ControlFacts> control, CancellationToken stop, CancellationToken cancellation)
    {
        await ((Task)control).WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
        return control.IsCompletedSuccessfully ? await control.ConfigureAwait(false) : null;
    }

    /// <param name="before">Where an earlier connection of this probe went: the second one uses the same server, if it can be reached.</param>
    private async Task<FinalEvent> LookAsync(Attempt attempt, Probe probe, int look, IPAddress? before, Action unanswered, CancellationToken cancellation)
    {
        var stop = probe.Deadline.Token;
        var way = probe.Target.Way;
        var place = way.FirstStop(probe.Target.Address); // the proxy resolves the name of the server
        if (_passage.Missing(way) is { } missing) return missing;
        try
        {
            probe.Deadline.Wait();
            attempt.Begin(Phase.Dns);
            var (addresses, unknown) = await LookUpAsync(place, stop).ConfigureAwait(false);
            if (unknown is not null) return Passage.OfProxy(unknown, probe.Target);

            if (before is not null && addresses.Contains(before)) addresses = [before, .. addresses.Where(address => !address.Equals(before))];
            attempt.Begin(Phase.Connect);
            var start = _time.GetTimestamp();
            var (socket, failure) = await _dialer.ConnectAsync(addresses, place.Port, probe.Deadline, way.SourceAddress).ConfigureAwait(false);
            probe.Deadline.Over(addresses.Length == 1 ? ConnectedAt(socket, start) : _time.GetTimestamp());
            return socket is null ? Passage.OfProxy(failure!, probe.Target) : await attempt.SpeakAsync(socket, look == 1 ? probe.Run.HandshakeOver : null, unanswered, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return attempt.TimedOut();
        }
    }

    private async Task<(IPAddress[] Addresses, FinalEvent? Failure)> LookUpAsync(HostPort place, CancellationToken stop)
    {
        if (place.Literal is { } literal) return ([literal], null);
        try
        {
            return (await _resolver.ResolveAsync(place.Host, stop).ConfigureAwait(false), null);
        }
        catch (SocketException e)
        {
            var missing = e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData;
            return ([], new FinalEvent(Phase.Dns, missing ? FinalEventKind.NameNotFound : FinalEventKind.LookupFailed, $"{place.Host}: {e.Message}"));
        }
    }

    /// <summary>A connection takes one round trip, unless a segment was sent twice; anything beyond that is our own time.</summary>
    private long ConnectedAt(ReadySocket? socket, long start) =>
        socket is not null && TcpTimes.Read(socket.Socket) is { Repeated: 0, RoundTrip: { Ticks: > 0 } roundTrip }
            ? start + (long)(roundTrip.TotalSeconds * _time.TimestampFrequency)
            : _time.GetTimestamp();

    /// <summary>
    /// The arguments of one call of <see cref="ObserveAsync(Target, Credential?, Secret?, TrustBundle, ProbeRun, CancellationToken, bool)"/>.
    /// </summary>
    private sealed record Probe(
        Target Target, Credential? Credential, Secret? Password, TrustBundle Trust, TlsContext Context, ProbeRun Run, bool MustReject, DateTimeOffset At, Deadline Deadline);
}
