using System.Net;
using System.Net.Sockets;
using MtlsProbe.Chains;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Handshake;

/// <summary>One connection of a probe: its phases, what they cost and what they showed.</summary>
internal sealed class Attempt(
    Target target,
    Credential? credential,
    TrustBundle trust,
    TlsContext context,
    bool cold,
    TimeSpan patience,
    ChainJudge chains,
    CertificateCache certificates,
    TimeProvider time) : IDisposable
{
    /// <summary>No silence that we keep may use up more than this part of the probe's time.</summary>
    private const int LimitDivisor = 4;

    private readonly double?[] _seconds = new double?[Enum.GetValues<Phase>().Length];
    private long _phaseStart;
    private Wire? _wire;
    private Socket? _socket;
    private IPEndPoint? _remote;
    private ValueList<Certificate> _presented = [];
    private ChainVerdict? _chain;
    private byte[] _stapled = [];
    private Confirmation? _confirmation;
    private HttpExchange? _exchange;

    public Phase Phase { get; private set; } = Phase.Dns;

    /// <summary>Whether it came to the end of the silence.</summary>
    public bool CameToSpeak => _confirmation is { Silence.Ticks: > 0 };

    public void Begin(Phase phase)
    {
        var now = time.GetTimestamp();
        if (_phaseStart != 0) _seconds[(int)Phase] = time.GetElapsedTime(_phaseStart, now).TotalSeconds;
        Phase = phase;
        _phaseStart = now;
    }

    /// <summary>From the TCP connection to the end.</summary>
    public async Task<Ending> SpeakAsync(Socket socket, TimeSpan timeout, CancellationToken cancellation)
    {
        _socket = socket;
        _remote = Remote(socket);
        Begin(Phase.Handshake);
        var connected = TimeSpan.FromSeconds(_seconds[(int)Phase.Connect] ?? 0);
        var serverName = IPAddress.TryParse(target.ServerName, out _) ? null : target.ServerName.TrimEnd('.');
        _wire = new Wire(socket, TlsConnection.Client(context, serverName), time);

        var failed = await _wire.HandshakeAsync(cancellation).ConfigureAwait(false);
        JudgeChain();
        if (failed is not null) return failed;

        Begin(Phase.Confirm);
        // The connect time alone is a poor round trip when a relay near us answers for the server.
        var roundTrip = _wire.FirstAnswer is { } answer && answer > connected ? answer : connected;
        var confirmation = _confirmation = new Confirmation(_wire, connected, roundTrip, cold, patience, timeout / LimitDivisor, time);
        var ticketsCome = _wire.Tls.Negotiated() is { Version: "1.3" };
        var seen = await confirmation.WatchAsync(ticketsCome, cancellation).ConfigureAwait(false);
        var https = target.Protocol == Protocol.Https;
        if (seen is not null) return seen with { AnswerBegun = confirmation.Data.Length > 0 };

        // A request may say things that only the right server should hear, so an untrusted one gets none.
        if (!https || _chain is not { Valid: true })
        {
            return confirmation.Data.Length > 0
                ? new Ending(Phase.Confirm, EndingKind.ApplicationData, "the server sent application data")
                : await confirmation.CloseAsync(cancellation).ConfigureAwait(false);
        }

        Begin(Phase.Application);
        _exchange = new HttpExchange(_wire);
        return await _exchange.RunAsync(HttpExchange.Request(target), target.Http.Method != "HEAD", confirmation.Data, cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// How long the next attempt has to be silent before it speaks, when this ending cannot tell a late refusal from an answer;
    /// null when it can.
    /// </summary>
    public TimeSpan? NeedsMorePatience(Ending ending)
    {
        if (ending.ClosedAfter is not { } after || _confirmation is not { } confirmation || _wire is not { } wire) return null;
        if (wire.Tls.Record.CertificateRequests == 0) return null; // who did not ask cannot refuse
        if (ending.Kind is not (EndingKind.CloseAnswered or EndingKind.RequestUnanswered)) return null;

        // Accepting servers do not reset after our close, and they answer requests: what crossed ours on the way may look like that.
        var odd = ending.Kind == EndingKind.RequestUnanswered || ending.SocketError is not null;
        var undecided = confirmation.SpokeBeforeTicket && wire.Tls.Record.Tickets > 0;
        var unsure = undecided || (patience == TimeSpan.Zero ? odd || after > confirmation.Prompt : after > confirmation.Silence / 2);
        return unsure ? 2 * (confirmation.Silence + after) : null; // the server decided within the half of it
    }

    /// <summary>The deadline passed.</summary>
    public Ending TimedOut() => new(Phase, EndingKind.Timeout, TimeoutDetail()) { AnswerBegun = _exchange is { AnswerBegun: true }, InOurSilence = Phase == Phase.Confirm && !CameToSpeak };

    public Observation Observe(DateTimeOffset at, Ending ending, TimeSpan total, bool unsure)
    {
        Begin(Phase);
        if (_presented.Count == 0) JudgeChain(); // the deadline may have cut the handshake short after the chain had come
        var record = _wire?.Tls.Record ?? default;
        return new Observation
        {
            At = at,
            Ending = ending,
            Remote = _remote,
            Tls = _wire?.Tls.Negotiated(),
            ClientCertificate = ClientCertificate(record),
            Credential = credential?.Chain ?? [],
            AllowedSignatures = _wire?.Tls.AllowedSignatures() ?? [],
            CertificateAnswered = record.CertificateAnswers > 0 && _wire is { ClosedBeforeAnswer: false },
            Tickets = record.Tickets,
            AskedAgain = _wire is { RequestsWhenSpoke: { } before } && record.CertificateRequests > before,
            Unsure = unsure,
            ServerCertificates = _presented,
            Chain = _chain,
            StapledOcsp = _stapled,
            Timings = new Timings
            {
                Dns = target.Address.Literal is null ? _seconds[(int)Phase.Dns] : null,
                Connect = _seconds[(int)Phase.Connect],
                Handshake = _seconds[(int)Phase.Handshake],
                Confirm = _seconds[(int)Phase.Confirm],
                Application = _seconds[(int)Phase.Application],
                Total = total.TotalSeconds,
            },
        };
    }

    public void Dispose()
    {
        if (_wire is not null) _wire.Dispose();
        else _socket?.Dispose();
    }

    /// <summary>Whether a second look would repeat nothing but a question (RFC 9110 §9.2.1).</summary>
    public bool MayRepeat(Ending ending) => ending.Kind != EndingKind.RequestUnanswered || target.Http.Method is "GET" or "HEAD" or "OPTIONS";

    private string TimeoutDetail() => Phase switch
    {
        Phase.Dns => $"{target.Address.Host}: no answer from the resolver in time",
        Phase.Connect => $"{target.Address}: no answer to the TCP connection in time",
        Phase.Handshake when _wire?.FirstAnswer is null => "the server accepted the TCP connection and said nothing",
        Phase.Handshake => "the server fell silent in the middle of the TLS handshake",
        Phase.Confirm when !CameToSpeak => "the handshake completed, and the time was over while we were silent ourselves, to see whether the server refuses us",
        Phase.Confirm => "the handshake completed, and then the server was silent, also after our close_notify",
        _ when _exchange is { AnswerBegun: true } => "the server fell silent in the middle of its answer",
        _ => "the request was sent, and no answer came in time",
    };

    /// <summary>Also after a handshake that failed: what the server presented is worth knowing most of all then.</summary>
    private void JudgeChain()
    {
        if (_wire is not { Tls: var tls }) return;
        var raw = tls.PeerCertificates();
        if (raw.Count == 0) return;
        var presented = new List<Certificate>(raw.Count);
        foreach (var der in raw)
        {
            if (certificates.Certificate(der) is { } certificate) presented.Add(certificate);
        }

        // The first is the leaf: where it cannot be read, no other may stand in its place.
        var leaf = certificates.Certificate(raw[0]);
        _presented = leaf is null ? [] : presented.ToValueList();
        if (leaf is null)
            _chain = new ChainVerdict { Faults = [new ChainFault(Reasons.ConstraintViolated, null, "The server's certificate cannot be read.")] };
        else _chain = chains.Judge(presented, trust, target.ServerName, time.GetUtcNow(), _stapled = tls.StapledOcsp());
    }

    private ClientCertificateFacts? ClientCertificate(WireRecord record)
    {
        if (_wire is null || (record.CertificateRequests == 0 && !record.RequestIsDecided)) return null; // it may still have been going to ask
        var presented = record.CertificatePresented && credential is not null;
        var names = record.CertificateRequests > 0 ? _wire.Tls.AcceptableIssuers() : [];
        return new ClientCertificateFacts
        {
            Requested = record.CertificateRequests > 0,
            Presented = presented ? credential!.Leaf : null,
            AcceptableIssuers = names.Select(certificates.Name).ToValueList(),
            IssuerAcceptable = names.Count == 0 || !presented
                ? null
                : credential!.Chain.Any(sent => names.Any(name => sent.Rules.IssuerName.Span.SequenceEqual(name))),
        };
    }

    private static IPEndPoint? Remote(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint as IPEndPoint;
        }
        catch (SocketException)
        {
            return null; // already reset
        }
    }
}
