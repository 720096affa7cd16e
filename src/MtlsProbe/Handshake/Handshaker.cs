using System.Net;
using System.Net.Sockets;
using MtlsProbe.Chains;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Handshake;

/// <summary>
/// Makes one full handshake and says what it saw. Every ending is a value; only the caller's own cancellation throws.
/// </summary>
internal sealed class Handshaker(Resolver resolver, ChainJudge chains, TimeProvider time)
{
    private readonly Dialer _dialer = new(time);
    private readonly TlsContexts _contexts = new();
    private readonly CertificateCache _certificates = new();
    private volatile bool _warm;

    /// <param name="credential">Null presents no certificate.</param>
    /// <param name="timeout">From DNS to confirmation, all attempts together.</param>
    /// <exception cref="OperationCanceledException">The caller stopped.</exception>
    public async Task<Observation> ObserveAsync(Target target, Credential? credential, TrustBundle trust, TimeSpan timeout, CancellationToken cancellation)
    {
        var at = time.GetUtcNow();
        var start = time.GetTimestamp();
        using var deadline = new CancellationTokenSource(timeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);

        TlsContext context;
        try
        {
            context = _contexts.For(credential, target);
        }
        catch (TlsContextException e)
        {
            return new Observation
            {
                At = at,
                Ending = new Ending(Phase.Identity, EndingKind.Material, e.Message) { Material = Reasons.BadFormat },
                Timings = new Timings { Total = 0 },
            };
        }

        var patience = TimeSpan.Zero;
        while (true)
        {
            using var attempt = new Attempt(target, credential, trust, context, !_warm, patience, chains, _certificates, time);
            var ending = await RunAsync(attempt, target, timeout, stop.Token, cancellation).ConfigureAwait(false);
            _warm |= attempt.CameToSpeak;

            // A close that came late after we had spoken may be a late refusal. Look again, and this time be silent for longer than
            // the server took: what it does before we speak is its own decision.
            var needed = attempt.NeedsMorePatience(ending);
            var left = timeout - time.GetElapsedTime(start);
            if (needed is { } longer && longer < left / 2 && attempt.MayRepeat(ending)) patience = longer;
            else return attempt.Observe(at, ending, time.GetElapsedTime(start), unsure: needed is not null);
        }
    }

    private async Task<Ending> RunAsync(
        Attempt attempt, Target target, TimeSpan timeout, CancellationToken stop, CancellationToken cancellation)
    {
        try
        {
            attempt.Begin(Phase.Dns);
            IPAddress[] addresses;
            if (target.Address.Literal is { } literal) addresses = [literal];
            else
            {
                try
                {
                    addresses = await resolver.ResolveAsync(target.Address.Host, stop).ConfigureAwait(false);
                }
                catch (SocketException e)
                {
                    var missing = e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData;
                    return new Ending(Phase.Dns, missing ? EndingKind.NameNotFound : EndingKind.LookupFailed, $"{target.Address.Host}: {e.Message}");
                }
            }

            attempt.Begin(Phase.Connect);
            var (socket, failure) = await _dialer.ConnectAsync(addresses, target.Address.Port, stop).ConfigureAwait(false);
            return socket is null ? failure! : await attempt.SpeakAsync(socket, timeout, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return attempt.TimedOut();
        }
    }
}
