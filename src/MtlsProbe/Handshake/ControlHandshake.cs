using System.Net;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Handshake;

/// <summary>
/// One handshake of a control: it shows a credential, waits for the server's own decision, and asks nothing. What it saw counts in no result
/// of the target.
/// </summary>
internal sealed class ControlHandshake(Dialer dialer, TlsContexts contexts, TimeProvider time, Action<TimeSpan> delayed)
{
    /// <summary>Of the whole handshake, beside the time of the probe that wanted it.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>How the server takes this credential. Never throws.</summary>
    /// <param name="credential">Null presents no certificate.</param>
    public async Task<Reaction> ShowAsync(IPEndPoint remote, Target target, Credential? credential)
    {
        try
        {
            using var stop = new CancellationTokenSource(Deadline, time);
            return await ShowAsync(remote, target, contexts.For(credential, target), stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or TlsContextException)
        {
            return new Reaction(ReactionKind.Failed);
        }
    }

    private async Task<Reaction> ShowAsync(IPEndPoint remote, Target target, TlsContext context, CancellationToken stop)
    {
        var start = time.GetTimestamp();
        var (socket, _) = await dialer.ConnectAsync([remote.Address], remote.Port, stop).ConfigureAwait(false);
        if (socket is null) return new Reaction(ReactionKind.Failed);
        var connected = time.GetElapsedTime(start);
        using var wire = new Wire(socket, TlsConnection.Client(context, Attempt.Sni(target)), time, delayed);
        if (await wire.HandshakeAsync(stop).ConfigureAwait(false) is { } failed) return Of(failed, wire);

        var confirmation = new Confirmation(wire, connected, TimeSpan.Zero, Deadline / 2, time);
        var ticketsCome = wire.Tls.Negotiated() is { Version: "1.3" };
        if (await confirmation.WatchAsync(ticketsCome, stop).ConfigureAwait(false) is { } ended) return Of(ended, wire);
        await wire.CloseAsync(stop).ConfigureAwait(false);
        return new Reaction(ReactionKind.Kept);
    }

    /// <summary>Only who asked for a certificate and got an answer can mean it.</summary>
    private static Reaction Of(Ending ending, Wire wire) => ending.Kind switch
    {
        _ when wire is not { ClosedBeforeAnswer: false, Tls.Record: { CertificateRequests: > 0, CertificateAnswers: > 0 } } => new Reaction(ReactionKind.Failed),
        EndingKind.Alert => new Reaction(ReactionKind.Alert, ending.Alert),
        EndingKind.EndOfStream or EndingKind.CloseNotify => new Reaction(ReactionKind.Closed),
        EndingKind.Reset => new Reaction(ReactionKind.Reset),
        _ => new Reaction(ReactionKind.Failed),
    };
}
