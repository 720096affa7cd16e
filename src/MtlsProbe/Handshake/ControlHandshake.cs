using System.Net;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Handshake;

/// <summary>
/// One handshake of a control probe: it presents a credential, waits for the server's own decision, and sends no request. It counts in no result of
/// the target.
/// </summary>
internal sealed class ControlHandshake(Dialer dialer, Passage passage, TlsContexts contexts, TimeProvider time, Action<TimeSpan> delayed)
{
    /// <summary>Timeout of the whole handshake, separate from that of the probe.</summary>
    private static readonly ProbeTime Limits = ProbeTime.Patient(TimeSpan.FromSeconds(10));

    /// <summary>A control probe is rare, and must not miss a refusal that takes long on a busy machine.</summary>
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(1);

    /// <summary>How the server reacts to this credential. Never throws.</summary>
    /// <param name="remote">The address of the target's own connection: the server, or the proxy.</param>
    /// <param name="credential">Null presents no certificate.</param>
    /// <param name="patience">How long the server kept our connection: the control counts as "kept" only if it was watched for longer.</param>
    /// <param name="mustAnswer">
    /// The control counts as "kept" only if the server answers our close too: a connection that a server has dropped silently looks as if it were kept.
    /// Through a proxy, which may end the connection by itself, only a close_notify is an answer.
    /// </param>
    public async Task<Reaction> ShowAsync(IPEndPoint remote, Target target, Credential? credential, TimeSpan patience, bool mustAnswer)
    {
        try
        {
            using var deadline = new Deadline(Limits, time, CancellationToken.None);
            var context = contexts.For(credential, target);
            var first = await ShowAsync(remote, target, context, patience, mustAnswer, deadline).ConfigureAwait(false);
            if (first.Kind is not (ReactionKind.Closed or ReactionKind.Reset)) return first;

            // A server that is being stopped closes the connections of all clients.
            await Task.Delay(Handshaker.Moment, time, deadline.Token).ConfigureAwait(false);
            return await ShowAsync(remote, target, context, patience, mustAnswer, deadline).ConfigureAwait(false);
        }
        catch (Exception)
        {
            return new Reaction(ReactionKind.Failed); // whatever it was: a control that fails decides nothing
        }
    }

    private async Task<Reaction> ShowAsync(IPEndPoint remote, Target target, TlsContext context, TimeSpan patience, bool mustAnswer, Deadline deadline)
    {
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token); // it also ends a read that began before the silence
        var stop = silent.Token;
        var start = time.GetTimestamp();
        var (socket, _) = await dialer.ConnectAsync([remote.Address], remote.Port, deadline, target.Way.SourceAddress).ConfigureAwait(false);
        if (socket is null) return new Reaction(ReactionKind.Failed);
        using var owned = socket; // the wire, which closes it too, may not come to be
        deadline.Over(time.GetTimestamp());
        var connected = time.GetElapsedTime(start);
        using var wire = new Wire(socket, TlsConnection.Client(context, Attempt.Sni(target)), time, deadline, delayed);
        await using var clear = new ClearText(socket, time, deadline);
        if (await passage.OpenAsync(clear, socket, target, stop).ConfigureAwait(false) is { Impassable: not null }) return new Reaction(ReactionKind.Failed);
        if (await clear.UpgradeAsync(target, stop).ConfigureAwait(false) is not null) return new Reaction(ReactionKind.Failed);
        if (await wire.HandshakeAsync(stop).ConfigureAwait(false) is { } failed) return Of(failed, wire, target);

        var confirmation = new Confirmation(wire, connected, 2 * patience > LeastPatience ? 2 * patience : LeastPatience, deadline.Timeout / 2, time) { IsRelayed = target.Way.Proxy is not null };
        var ticketsCome = wire.Tls.Negotiated() is { Version: "1.3" };
        if (await confirmation.WatchAsync(ticketsCome, stop).ConfigureAwait(false) is { } ended) return Of(ended, wire, target) with { After = confirmation.Watched };
        if (!mustAnswer)
        {
            await wire.CloseAsync(stop).ConfigureAwait(false);
            return new Reaction(ReactionKind.Kept);
        }

        var ending = CloseAnswers.AsItCame(await confirmation.CloseAsync(silent.Cancel, stop).ConfigureAwait(false));
        var isAnswer = ending is { Kind: FinalEventKind.CloseAnswered, SocketError: null } && (!confirmation.IsRelayed || confirmation.IsNotified);
        return new Reaction(isAnswer ? ReactionKind.Kept : ReactionKind.Failed);
    }

    /// <summary>Only a server that asked for a certificate and got an answer can refuse it. Through a proxy, only TLS comes from the server.</summary>
    private static Reaction Of(FinalEvent ending, Wire wire, Target target) => ending.Kind switch
    {
        FinalEventKind.Alert when ending.Alert is { Code: 120 } unknown => new Reaction(ReactionKind.Failed, unknown), // about what was offered by ALPN, not about us
        _ when wire is not { ClosedBeforeAnswer: false, Tls.Record: { CertificateRequests: > 0, CertificateAnswers: > 0 } } => new Reaction(ReactionKind.Failed),
        FinalEventKind.Alert when ending.Alert is { } alert && AlertReasons.Refusal(alert, !wire.Tls.Record.CertificatePresented) is not null => new Reaction(ReactionKind.Alert, alert),
        FinalEventKind.EndOfStream or FinalEventKind.Reset when target.Way.Proxy is not null => new Reaction(ReactionKind.Failed),
        FinalEventKind.EndOfStream or FinalEventKind.CloseNotify => new Reaction(ReactionKind.Closed),
        FinalEventKind.Reset => new Reaction(ReactionKind.Reset),
        _ => new Reaction(ReactionKind.Failed),
    };
}
