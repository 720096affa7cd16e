using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>The meaning of a close, a reset or a silence without an explanatory alert, judged by how the same server treats strangers. Pure.</summary>
internal static class ControlJudge
{
    /// <summary>
    /// How much longer than twice the time of the controls counts as much longer: a refusal takes as long as in the controls, an idle timeout takes
    /// longer.
    /// </summary>
    private static readonly TimeSpan MuchLonger = TimeSpan.FromSeconds(1);

    private const string SpokenHint =
        "The detail quotes what it sent. A server that sends something and closes first has refused us or is shutting down. Its log shows which.";

    private const string OnTheWayHint =
        "Through a proxy, only an alert, a close_notify or an answer shows whether the server accepts the credential, and there was none. Probe the server without the proxy, or read the logs of both.";

    private const string ResetHint =
        "A server, a proxy or a firewall that has dropped the connection silently does this. Read the log of the endpoint that terminates TLS at this address.";

    /// <summary>
    /// The server closed or reset before we had sent data. Only a server that asked for a certificate and got our answer can refuse us. A server that
    /// is being stopped closes all connections, so one probe is never enough.
    /// </summary>
    public static Verdict ClosedFirst(FinalEvent ending, Observation seen)
    {
        var isReset = ending.Kind == FinalEventKind.Reset;
        if (seen.IsRelayed && ending.Kind != FinalEventKind.CloseNotify) return ClosedOnTheWay(ending, seen);
        if (seen is not { Asked: true, CertificateAnswered: true }) return Verdict.Failed(ending, isReset ? Reasons.ConnectionReset : Reasons.ProtocolClosed);

        // Before TLS 1.3 the server gets our certificate inside the handshake, where no service behind it can play a part.
        var inHandshake = ending.Phase == Phase.Handshake;
        if (!seen.ClosedTwice)
            return inHandshake && isReset ? Verdict.Failed(ending, Reasons.ConnectionReset) : NotTold(ending, "; there was no time for a second probe");
        if (seen.ControlIsPending) return NotTold(ending, "; the control probes did not finish before the deadline");
        if (seen.Control is not { } control)
            return inHandshake && isReset ? Verdict.Failed(ending, Reasons.ConnectionReset) : Verdict.Rejected(ending, Reasons.ClosedWithoutAlert, Evidence.Closed);

        if (control.Alpn is { Kind: ReactionKind.Kept })
            return Verdict.Failed(ending with { Detail = $"{ending.Detail}; with h2 and http/1.1 offered by ALPN, it accepts the same credential" }, Reasons.NoApplicationProtocol);
        if (control.IsAlpnUnknown) return inHandshake && isReset ? Verdict.Failed(ending, Reasons.ConnectionReset) : NotTold(ending, "; the control probe with ALPN failed");
        return control.OfStrangers switch
        {
            null or { Kind: ReactionKind.Failed or ReactionKind.Kept } when inHandshake && isReset => Verdict.Failed(ending, Reasons.ConnectionReset),
            null or { Kind: ReactionKind.Failed } => NotTold(ending, "; the control probes with an unknown certificate failed"),
            { } others when seen.KeptFor > others.After * 2 + MuchLonger =>
                NotTold(ending, $", twice, but much later than for clients with an unknown certificate ({Others(others)}): it may close idle connections"),
            { Kind: ReactionKind.Kept } => NotTold(ending, ", twice; a moment later it kept a client with an unknown certificate: it may have been restarting, or it refuses this credential only"),
            { Kind: ReactionKind.Alert } refusal when !inHandshake => Down(ending, refusal),
            var others => Verdict.Rejected(ending with { Detail = $"{ending.Detail}, twice; {Others(others.Value)}" }, Reasons.ClosedWithoutAlert, Evidence.Closed),
        };
    }

    /// <summary>TCP ended at the proxy, and nothing from the server explains it: it is not known which of the two closed.</summary>
    private static Verdict ClosedOnTheWay(FinalEvent ending, Observation seen) => seen is { Asked: true, CertificateAnswered: true }
        ? EitherDid(ending, seen)
        : Verdict.Failed(OnTheWay(ending, seen), Reasons.ConnectionReset);

    private static Verdict EitherDid(FinalEvent ending, Observation seen) =>
        new(Outcome.Unconfirmed, Evidence.Closed, new Failure(Phase.Confirm, Reasons.NoConfirmation, null, OnTheWay(ending, seen).Detail) { Hint = OnTheWayHint });

    /// <summary>The same event, with a note that the proxy may have caused it, unless the server has signed it with a close_notify.</summary>
    public static FinalEvent OnTheWay(FinalEvent ending, Observation seen) =>
        seen is { IsRelayed: true, Notified: false } ? ending with { Detail = $"{ending.Detail}, or the proxy {seen.Way!.Proxy} did" } : ending;

    /// <summary>
    /// The server sent unsolicited data and closed before we did: it has refused us, or it is shutting down. Its text may say which, but only a
    /// person can decide.
    /// </summary>
    public static Verdict SpokeAndClosed(FinalEvent ending) =>
        new(Outcome.Unconfirmed, Evidence.Closed, new Failure(Phase.Confirm, Reasons.NoConfirmation, null, ending.Detail) { Hint = SpokenHint });

    /// <summary>The server kept the connection until the deadline, and answered neither our close nor the end of our stream.</summary>
    public static Verdict Kept(FinalEvent ending, Observation seen) => seen.Control?.OfStrangers switch
    {
        _ when seen.IsRelayed => Verdict.Unconfirmed(ending, Evidence.Silence, $"{ending.Detail}; the proxy {seen.Way!.Proxy} may have kept the connection without the server"),
        { IsRefusal: true } when !HasDecided(seen) => Verdict.Unconfirmed(ending, Evidence.Silence, $"{ending.Detail}; nothing shows that it has checked our certificate"),
        { IsRefusal: true } => Verdict.Accepted(Evidence.Control),
        { Kind: ReactionKind.Kept } => Verdict.Unconfirmed(ending, Evidence.Silence, $"{ending.Detail}; it keeps connections of clients with an unknown certificate as well"),
        _ => Verdict.Unconfirmed(ending, Evidence.Silence, ending.Detail),
    };

    /// <summary>
    /// The server was reachable until the deadline, and had continued after our certificate: in TLS 1.2 with its Finished message, in TLS 1.3 with a
    /// ticket.
    /// </summary>
    private static bool HasDecided(Observation seen) => seen.Acknowledged && (seen.Tls is { Version: "1.2" } || seen.Tickets > 0);

    /// <summary>
    /// The server kept the connection until we closed. If it asked for a certificate, and its close does not come like an answer, the close may be a
    /// late refusal.
    /// </summary>
    public static Verdict CloseAnswered(FinalEvent ending, Observation seen) => seen switch
    {
        { Asked: true, FinalEvent.SocketError: not null } => new(Outcome.Unconfirmed, Evidence.Closed,
            new Failure(Phase.Confirm, Reasons.NoConfirmation, null, ending.Detail + ": a server that accepts does not reset") { Hint = ResetHint }),
        { Asked: true, IsRelayed: true, Notified: false } => EitherDid(ending, seen),
        { Unsure: true } => Verdict.Unconfirmed(ending, Evidence.Closed, ending.Detail + ", at a time that may also mean a refusal"),
        { Tls.Version: "1.2" } => Verdict.Accepted(Evidence.HandshakeFinished),
        _ => Verdict.Accepted(Evidence.CloseNotify),
    };

    /// <summary>It sends an alert when it refuses, but sent none: this is not a refusal of the credential.</summary>
    private static Verdict Down(FinalEvent ending, Reaction refusal)
    {
        var detail = $"the server sends an alert when it refuses ({refusal}), but closed our connection without one, twice: its backend may be down, or a rule behind TLS blocks this client";
        return new(Outcome.Unconfirmed, Evidence.Closed, new Failure(Phase.Confirm, Reasons.ApplicationClosed, null, detail));
    }

    private static string Others(Reaction reaction) => reaction.Kind switch
    {
        ReactionKind.Alert => $"clients with an unknown certificate get the {reaction}",
        ReactionKind.Reset => "clients with an unknown certificate get a reset as well",
        _ => "clients with an unknown certificate get the same",
    };

    private static Verdict NotTold(FinalEvent ending, string why) => Verdict.Unconfirmed(ending, Evidence.Closed, ending.Detail + why);
}
