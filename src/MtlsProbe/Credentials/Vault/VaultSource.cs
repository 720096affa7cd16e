using MtlsProbe.Files;
using MtlsProbe.Loops;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// A credential in Vault, polled because Vault does not report changes. While the server is unavailable, the last content stays in use, and the
/// source retries.
/// </summary>
/// <param name="mayBeAbsent">For a slot <c>next</c>: if there is no such secret, nothing is staged.</param>
/// <param name="once">The server is asked once.</param>
internal sealed class VaultSource(
    VaultSecret secret, SharedConnections<VaultServer, VaultClient>.Use client, TimeProvider time, bool mayBeAbsent, bool once) : IMaterialSource<Credential>
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(1);

    /// <summary>The minimum, even for a shorter lease.</summary>
    private static readonly TimeSpan s_leastPause = TimeSpan.FromSeconds(5);

    /// <summary>The limit for a server's Retry-After.</summary>
    private static readonly TimeSpan s_longestRest = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly Backoff _backoff = new(s_firstPause, s_longestPause);
    private volatile SourceState _state = new(VaultSecret.Kind, secret.Server.Name);
    private string? _stamp;

    public MaterialFault NothingYet => new(Reasons.Unreadable, $"{secret.Url} has not been read yet");

    public SourceState? State => _state;

    public FileFollower? Open(Held<Credential> holder)
    {
        _ = Task.Run(() => RunAsync(holder), CancellationToken.None);
        return null;
    }

    public async Task<Look<Credential>> LookAsync(CancellationToken stop)
    {
        var outcome = await client.Connection.ReadAsync(secret, null, stop).ConfigureAwait(false);
        return new Look<Credential>(Meant(outcome)!, outcome.Given?.Fault is { } fault ? [fault] : []);
    }

    public void Dispose()
    {
        _stop.Cancel();
        client.Dispose();
    }

    private async Task RunAsync(Held<Credential> holder)
    {
        var stop = _stop.Token;
        while (!stop.IsCancellationRequested)
        {
            TimeSpan pause;
            try
            {
                pause = Take(await client.Connection.ReadAsync(secret, _stamp, stop).ConfigureAwait(false), holder);
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) // even if there is no memory: there may be next time
            {
                holder.Failed(fault);
                pause = _backoff.Next();
            }

            if (once) return;
            await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>The time until the next request.</returns>
    private TimeSpan Take(VaultOutcome outcome, Held<Credential> holder)
    {
        var given = Meant(outcome);
        if (outcome.IsConnected) _stamp = outcome.Stamp;
        _state = _state with
        {
            Connected = outcome.IsConnected,
            LastUpdate = outcome.Stamp is not null || outcome.IsNothing ? time.GetUtcNow() : _state.LastUpdate,
            Fault = outcome.IsConnected ? null : given?.Fault?.Detail,
        };
        if (given is null) holder.Confirm();
        else holder.Take(given);
        if (!outcome.IsConnected) return _backoff.Next() + Longer(Shorter(outcome.Again ?? TimeSpan.Zero, s_longestRest), TimeSpan.Zero); // at another time than other clients with the same interval
        _backoff.Reset();
        var pause = outcome.Again is { } lease && lease < secret.Poll ? lease : secret.Poll;
        return Longer(Backoff.Jittered(pause), s_leastPause < secret.Poll ? s_leastPause : secret.Poll);
    }

    private Material<Credential>? Meant(VaultOutcome outcome) => outcome.IsNothing && mayBeAbsent ? new(null, null) : outcome.Given;

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
