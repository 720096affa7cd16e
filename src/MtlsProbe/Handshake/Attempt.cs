using System.Net;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Readiness;
using MtlsProbe.Text;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Handshake;

/// <summary>One connection of a probe: its phases, their durations and results.</summary>
/// <param name="password">The password for the target's login; null: none is sent.</param>
/// <param name="asksAtOnce">Send the request as soon as the handshake is complete, if the protocol has a request that can be sent twice.</param>
/// <param name="patience">The minimum silence, if an earlier probe did not wait long enough.</param>
/// <param name="earlier">The close that is the reason for this probe; null: there was none.</param>
/// <param name="passage">The way from the connection to the server.</param>
/// <param name="delayed">Called with the delay of each event.</param>
internal sealed class Attempt(
    Target target,
    Credential? credential,
    Secret? password,
    TrustBundle trust,
    TlsContext context,
    bool asksAtOnce,
    TimeSpan patience,
    NextLook? earlier,
    ChainJudge chains,
    CertificateCache certificates,
    Passage passage,
    TimeProvider time,
    Deadline deadline,
    Action<TimeSpan> delayed) : IDisposable
{
    /// <summary>A silence of ours may use up at most this part of the probe's time.</summary>
    private const int LimitDivisor = 4;

    /// <summary>The minimum by which the next silence is longer than the time that the server took.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(100);

    private readonly PhaseClock _phases = new(time);
    private Wire? _wire;
    private ReadySocket? _socket;
    private IPEndPoint? _remote;
    private ProxyPreface? _header;
    private PresentedChain _chain = PresentedChain.None;
    private Confirmation? _confirmation;
    private bool _isAcknowledged;
    private Session? _session;
    private ServerClock? _clock;

    /// <summary>Where the connection went; null if there was none.</summary>
    public IPEndPoint? Remote => _remote;

    /// <summary>The request followed the handshake without a silence.</summary>
    public bool HasAskedAtOnce { get; private set; }

    /// <summary>How long after the handshake the connection stayed open, whichever side ended it.</summary>
    public TimeSpan Kept => _confirmation?.Watched ?? TimeSpan.Zero;

    /// <summary>Our answer to the request for a certificate contained none.</summary>
    public bool IsAnonymous => _wire is { Tls.Record.CertificatePresented: false };

    /// <summary>The server asked for a certificate.</summary>
    public bool IsAsked => _wire is { Tls.Record.CertificateRequests: > 0 };

    public void Begin(Phase phase) => _phases.Begin(phase);

    /// <summary>From the TCP connection to the end.</summary>
    /// <param name="handshakeOver">
    /// Called once, when the handshake has ended in any way, or has to wait for a signature of our own key; null: not used.
    /// </param>
    /// <param name="unanswered">Called if the server does not answer our close.</param>
    public async Task<FinalEvent> SpeakAsync(ReadySocket socket, Action? handshakeOver, Action unanswered, CancellationToken cancellation)
    {
        _socket = socket;
        _remote = socket.Peer;
        await using var clear = new ClearText(socket, time, deadline);
        if (target.Way.Proxy is not null) Begin(Phase.Proxy);
        (_header, var impassable) = await passage.OpenAsync(clear, socket, target, cancellation).ConfigureAwait(false);
        if (impassable is not null) return impassable;
        if (target.Protocol.Upgrade is not null) Begin(Phase.Starttls);
        if (await clear.UpgradeAsync(target, cancellation).ConfigureAwait(false) is { } refused) return refused;

        Begin(Phase.Handshake);
        var connected = TimeSpan.FromSeconds(_phases[Phase.Connect] ?? 0);
        _wire = new Wire(socket, TlsConnection.Client(context, Sni(target)), time, deadline, delayed) { BeforeSignature = Over };

        var question = target.Protocol.Question;
        var asks = asksAtOnce && question is { IsRepeatable: true };
        var failed = await _wire.HandshakeAsync(cancellation, holdsLast: asks && !question!.IsGreeted).ConfigureAwait(false);
        Over();
        JudgeChain();
        if (failed is not null) return failed;

        var confirmation = _confirmation = new Confirmation(_wire, connected, patience, deadline.Timeout / LimitDivisor, time) { IsRelayed = target.Way.Proxy is not null };
        var stranger = _wire.Tls.Negotiated()?.Alpn is { } agreed && !target.Protocol.IsSpokenAfter(agreed) ? agreed : null;
        if (asks && stranger is null && _chain.Verdict is { Valid: true })
        {
            // If a server has already sent data, later data are no answer, unless its protocol has a greeting. The silence then shows more.
            confirmation.TakeSaid();
            HasAskedAtOnce = confirmation.Data.IsEmpty || question!.IsGreeted;
            if (HasAskedAtOnce) return await AskAsync(question!, confirmation, cancellation).ConfigureAwait(false);
        }

        await _wire.FlushAsync(cancellation).ConfigureAwait(false);
        Begin(Phase.Confirm);
        var ticketsCome = _wire.Tls.Negotiated() is { Version: "1.3" };
        if (await confirmation.WatchAsync(ticketsCome, cancellation).ConfigureAwait(false) is { } seen) return WithWords(seen, confirmation.Data.Span);

        // A request can contain data that only the right server should see, so an untrusted server gets none.
        if (question is null || _chain.Verdict is not { Valid: true })
            return CloseAnswers.AsItCame(await confirmation.CloseAsync(unanswered, cancellation).ConfigureAwait(false));

        if (stranger is not null)
        {
            Begin(Phase.Application);
            return new FinalEvent(Phase.Application, FinalEventKind.OtherProtocol, $"the server selected {stranger} by ALPN, which protocol {target.Protocol.Name} cannot use, so no request was sent");
        }

        // Only an answer to our request proves anything.
        if (confirmation.Data.IsEmpty || question.IsGreeted) return await AskAsync(question, confirmation, cancellation).ConfigureAwait(false);
        Begin(Phase.Application);
        return new FinalEvent(Phase.Application, FinalEventKind.NotUnderstood, $"the server sent {PlainText.QuoteLines(confirmation.Data.Span)} before the probe sent a request");

        void Over()
        {
            handshakeOver?.Invoke();
            handshakeOver = null;
        }
    }

    private async Task<FinalEvent> AskAsync(Question question, Confirmation confirmation, CancellationToken cancellation)
    {
        Begin(Phase.Application);
        _session = new Session(_wire!, confirmation.Data);
        var asked = time.GetTimestamp();
        var ending = await _session.AskAsync(question, target, password, cancellation).ConfigureAwait(false);
        if (ending.Answer?.Date is { } date) _clock = ServerClock.Of(date, time.GetElapsedTime(asked), time.GetUtcNow());
        return ending;
    }

    /// <summary>
    /// The server clearly answered our request: only the request can have caused the answer, and the answer did not come sooner than one round trip
    /// after it. Or the answer came so late that the wait for it counts as the silence.
    /// </summary>
    public bool IsAnswered(FinalEvent ending)
    {
        if (ending is not { Kind: FinalEventKind.Answered, Answer: { Kind: AnswerKind.LetIn or AnswerKind.Refused or AnswerKind.Elsewhere } answer }) return false;
        if (target.Protocol.Question is { IsGreeted: true }) return answer.IsReply; // the first data were the greeting, whose time proves nothing
        if (_session is not { AnsweredAfter: { } after }) return false;
        if (!answer.IsReply) return after >= Confirmation.LeastSilence;

        // The round trip that the kernel measures ends at the proxy.
        return after >= (target.Way.Proxy is null ? (_wire!.Times.RoundTrip ?? TimeSpan.Zero) - TcpTimes.Resolution : _confirmation!.Soonest);
    }

    /// <summary>The server closed or reset by itself after our answer to its request for a certificate, and sent no alert.</summary>
    public bool IsBareClose(FinalEvent ending) =>
        ending.Kind is FinalEventKind.EndOfStream or FinalEventKind.CloseNotify or FinalEventKind.Reset
        && _wire is { ClosedBeforeAnswer: false, Tls.Record: { CertificateRequests: > 0, CertificateAnswers: > 0 } };

    /// <summary>The alert with which the server refused our answer; null if there was none.</summary>
    public Reaction? Refusal(FinalEvent ending) =>
        ending is { Kind: FinalEventKind.Alert, Alert: { } alert } && _wire is { Tls.Record: { CertificateRequests: > 0, CertificateAnswers: > 0 } } && AlertReasons.Refusal(alert, IsAnonymous) is not null
            ? new Reaction(ReactionKind.Alert, alert)
            : null;

    /// <summary>The second probe that this ending requires, because it can be a late refusal or an answer; null if it is clear.</summary>
    /// <param name="wasAccepted">The previous probe was accepted: it is enough to confirm this one once.</param>
    public NextLook? NeedsAnotherLook(FinalEvent ending, bool wasAccepted)
    {
        if (ending.ClosedAfter is not { } after || _confirmation is not { } confirmation) return null;
        if (!IsAsked) return null; // a server that did not ask cannot refuse
        if (ending.Kind is not (FinalEventKind.CloseAnswered or FinalEventKind.RequestUnanswered)) return null;

        if (earlier is { } before && CloseAnswers.IsSame(ending, after, before, confirmation)) return null;
        var decided = confirmation.Silence + (after > TimeSpan.Zero ? after : TimeSpan.Zero); // an upper bound
        if (earlier is null && CloseAnswers.IsPlain(ending, after, confirmation))
        {
            // An untrusted server is not accepted, whatever it answers; and a second probe costs more than the first one.
            var isWorthIt = !wasAccepted && _chain.Verdict is { Valid: true } && NextLook.HasTime(deadline.Elapsed, deadline.Left);
            return isWorthIt ? new NextLook(decided + NextLook.PlainMargin, after, AfterPlain: true) : null;
        }

        return new NextLook(2 * decided < deadline.Left / 2 ? 2 * decided : decided + Margin, after, AfterPlain: false); // if little time is left: only as long as necessary
    }

    /// <summary>The deadline passed.</summary>
    public FinalEvent TimedOut()
    {
        _isAcknowledged = _wire is { IsAcknowledged: true };
        var ending = new FinalEvent(_phases.Phase, FinalEventKind.Timeout, TimeoutDetail()) { AnswerBegun = _session is { AnswerBegun: true }, InOurSilence = _phases.Phase == Phase.Confirm && _confirmation is not { HasClosed: true } };
        return _phases.Phase <= Phase.Proxy ? Passage.OfProxy(ending, target) : ending;
    }

    public Observation Observe(DateTimeOffset at, FinalEvent ending, TimeSpan total)
    {
        var timings = _phases.End(isLookedUp: target.Way.FirstStop(target.Address).Literal is null, total);
        if (_chain.Certificates.Count == 0) JudgeChain(); // the deadline may have ended the handshake after the chain arrived
        var record = _wire?.Tls.Record ?? default;
        return new Observation
        {
            At = at,
            FinalEvent = ending,
            Remote = _remote,
            Way = WayFacts.Of(target.Way, _header?.ToString()),
            Tls = _wire?.Tls.Negotiated(),
            ClientCertificate = ClientCertificate(record),
            Credential = credential?.Chain ?? [],
            AllowedSignatures = _wire?.Tls.AllowedSignatures() ?? [],
            CertificateAnswered = record.CertificateAnswers > 0 && _wire is { ClosedBeforeAnswer: false },
            Tickets = record.Tickets,
            Notified = record.CloseNotifyReceived,
            Acknowledged = _isAcknowledged,
            AskedAgain = _wire is { RequestsWhenSpoke: { } before } && record.CertificateRequests > before,
            ServerCertificates = _chain.Certificates,
            Chain = _chain.Verdict,
            StapledOcsp = _chain.StapledOcsp,
            ServerClock = _clock,
            Timings = timings,
        };
    }

    public void Dispose()
    {
        if (_wire is not null) _wire.Dispose();
        else _socket?.Dispose();
    }

    /// <summary>Whether a second probe would repeat nothing but a request that changes nothing.</summary>
    public bool MayRepeat(FinalEvent ending) => ending.Kind != FinalEventKind.RequestUnanswered || target.Protocol.Question is not { IsRepeatable: false };

    private string TimeoutDetail() => _phases.Phase switch
    {
        Phase.Dns => $"{target.Way.FirstStop(target.Address).Host}: no answer from the resolver in time",
        Phase.Connect => $"{target.Way.FirstStop(target.Address)}: no answer to the TCP connection in time",
        Phase.Proxy => $"no answer in time; the proxy itself does not answer, or it waits for {ProxyPlace.Of(target.Address)}",
        Phase.Starttls => $"{Accepted}, but TLS did not start in time",
        Phase.Handshake when _wire?.Times.FirstAnswer is null => $"{Accepted} and sent nothing",
        Phase.Handshake => "the server stopped answering in the middle of the TLS handshake",
        Phase.Confirm when _wire is { HasFinished: true } =>
            "the handshake completed, and then the server was silent, even after our close_notify and the end of our stream",
        Phase.Confirm when _confirmation is { HasClosed: true } => "the handshake completed, and then the server was silent, even after our close_notify",
        Phase.Confirm => "the handshake completed, and the deadline passed while the probe still waited for a late refusal",
        _ when _session is { AnswerBegun: true } => "the server stopped in the middle of its answer",
        _ => "the request was sent, and no answer came in time",
    };

    private string Accepted => target.Way.Proxy is { } proxy ? $"the proxy {proxy} opened the tunnel" : "the server accepted the TCP connection";

    private void JudgeChain()
    {
        if (_wire is not null) _chain = PresentedChain.Of(_wire.Tls, target, trust, chains, certificates, time.GetUtcNow());
    }

    private ClientCertificateFacts? ClientCertificate(WireRecord record)
    {
        if (_wire is null || (record.CertificateRequests == 0 && !record.RequestIsDecided)) return null; // it might still have sent a request
        var presented = record.CertificatePresented && credential is not null;
        var names = record.CertificateRequests > 0 ? _wire.Tls.AcceptableIssuers() : [];
        NameKey[] ours = presented ? [.. credential!.Chain.Select(sent => sent.Rules.Issuer)] : [];
        var issuers = certificates.Issuers(names, ours);
        return new ClientCertificateFacts
        {
            Requested = record.CertificateRequests > 0,
            Presented = presented ? credential!.Leaf : null,
            AcceptableIssuers = issuers,
            IssuersLeftOut = names.Count - issuers.Count,
            IssuerAcceptable = names.Count == 0 || !presented ? null : names.Any(name => ours.Contains(certificates.NameKey(name))),
        };
    }

    /// <summary>The server name that is sent; null for an address (RFC 6066 §3).</summary>
    public static string? Sni(Target target) => IPAddress.TryParse(target.ServerName, out _) ? null : target.ServerName.TrimEnd('.');

    /// <summary>Data that a server sent before it closed explain the close.</summary>
    private static FinalEvent WithWords(FinalEvent ending, ReadOnlySpan<byte> said) =>
        said.IsEmpty ? ending : ending with { AnswerBegun = true, Detail = $"{ending.Detail}, after it had sent {PlainText.QuoteLines(said)}" };
}
