using System.Collections.Concurrent;
using System.Net;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Handshake;

/// <summary>
/// How each server treats clients that it does not know. A control is made only if the server's reaction to our credential is ambiguous. It is kept
/// for an hour (a refusal without an alert, for some minutes), or until the server treats the credential differently. Thread-safe.
/// </summary>
/// <param name="shown">Makes one handshake and returns the server's reaction (<see cref="ControlHandshake.ShowAsync"/>); never throws.</param>
internal sealed class Controls(Func<IPEndPoint, Target, Credential?, TimeSpan, bool, Task<Reaction>> shown, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>For a refusal without an alert: an alert is clear, but a close may come from an outage that affected the control too.</summary>
    private static readonly TimeSpan LifetimeWithoutAlert = TimeSpan.FromMinutes(5);

    /// <summary>The time before a control without a result is repeated.</summary>
    private static readonly TimeSpan LifetimeOfFailure = TimeSpan.FromMinutes(1);

    /// <summary>Maximum concurrent handshakes of all controls, in addition to those of the schedule.</summary>
    private const int MostAtOnce = 64;

    /// <summary>How long the refusal of a <c>must_reject</c> credential serves as a control.</summary>
    private static readonly TimeSpan RefusalLifetime = TimeSpan.FromMinutes(5);

    /// <summary>
    /// If the server keeps our connection for this much longer than the control watched, the control is repeated: it then watches at least twice as
    /// long.
    /// </summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(500);

    /// <summary>Beyond this number, those that are too old are dropped, then all.</summary>
    private const int Most = 10_000;

    private static readonly ValueList<string> AlpnOffered = ["h2", "http/1.1"];

    private readonly ConcurrentDictionary<Treated, Control> _controls = new();
    private readonly ConcurrentDictionary<Server, Refusal> _refusals = new();
    private static readonly SemaphoreSlim s_places = new(MostAtOnce); // of the whole process
    private readonly Stranger _stranger = new(time);

    /// <summary>
    /// The control results for this server, known or in progress. The task does not fail, and ends within a minute, whatever happens to the probe.
    /// </summary>
    /// <param name="credential">Our credential, for the control with ALPN; null presents no certificate.</param>
    /// <param name="treatment">The server's reaction to it; if it changes, the control is repeated.</param>
    /// <param name="kept">How long the server kept our connection after the handshake: the control watches for longer.</param>
    public Task<ControlFacts> Of(IPEndPoint remote, Target target, Credential? credential, Treatment treatment, TimeSpan kept)
    {
        var key = Treated.Of(remote, target, credential);
        if (_controls.TryGetValue(key, out var known) && known.Treatment == treatment && known.Kept + Tolerance >= kept && time.GetElapsedTime(known.Made) < known.Lifetime)
            return known.Facts;
        MakeRoom(_controls, control => control.Made, Lifetime);
        var made = new Control(treatment, kept, time.GetTimestamp(), MakeAsync(remote, target, credential, treatment, kept));
        _controls[key] = made;
        return made.Facts;
    }

    /// <summary>The server's reaction to the credential is clear: its control results are no longer needed.</summary>
    public void Forget(IPEndPoint remote, Target target, Credential? credential)
    {
        if (!_controls.IsEmpty) _controls.TryRemove(Treated.Of(remote, target, credential), out _);
    }

    /// <summary>The alert with which the server refused a credential that it must refuse. It serves as the control, and saves a handshake.</summary>
    /// <param name="isAnonymous">No certificate was presented.</param>
    public void Note(IPEndPoint remote, Target target, bool isAnonymous, Reaction refusal)
    {
        MakeRoom(_refusals, known => known.At, RefusalLifetime);
        var fresh = new Refusal(isAnonymous ? null : refusal, isAnonymous ? refusal : null, time.GetTimestamp());
        _refusals.AddOrUpdate(Server.Of(remote, target), fresh, (_, known) => fresh with { Stranger = fresh.Stranger ?? known.Stranger, None = fresh.None ?? known.None });
    }

    private async Task<ControlFacts> MakeAsync(IPEndPoint remote, Target target, Credential? credential, Treatment treatment, TimeSpan kept)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // the probe continues
        var known = _refusals.TryGetValue(Server.Of(remote, target), out var refusal) && time.GetElapsedTime(refusal.At) < RefusalLifetime ? refusal : default;
        var stranger = known.Stranger is { } refused ? Task.FromResult(refused) : ShowAsync(remote, target, _stranger.Credential, kept);
        var none = known.None is { } turnedAway ? Task.FromResult(turnedAway) : ShowAsync(remote, target, null, kept);
        var alpn = treatment == Treatment.Closed && TlsContexts.AlpnOf(target).Count == 0 ? WithAlpnAsync(remote, target, credential, kept) : null;
        var facts = new ControlFacts(
            await stranger.ConfigureAwait(false), await none.ConfigureAwait(false), alpn is null ? null : await alpn.ConfigureAwait(false));
        if (treatment != Treatment.Closed || facts.Stranger is not { Kind: ReactionKind.Kept } || facts.Alpn is { Kind: ReactionKind.Kept }) return facts;

        // It closed on us and keeps a stranger. A busy server can take long for one refusal, so the stranger is shown again. It is not watched for
        // longer: a close by an idle timeout would then look like a refusal.
        return facts with { Stranger = await ShowAsync(remote, target, _stranger.Credential, kept).ConfigureAwait(false) };
    }

    /// <summary>
    /// A server that continues with ALPN proves something only if it answers our close, while it still closes without ALPN, and if it continues again: a
    /// busy server can take long for one refusal. The second time, it is watched for much longer than it took to close.
    /// </summary>
    private async Task<Reaction> WithAlpnAsync(IPEndPoint remote, Target target, Credential? credential, TimeSpan kept)
    {
        var offering = target with { Tls = target.Tls with { Alpn = AlpnOffered } };
        var offered = await ShowAsync(remote, offering, credential, kept, mustAnswer: true).ConfigureAwait(false);
        if (offered.Kind != ReactionKind.Kept) return offered;
        var without = await ShowAsync(remote, target, credential, kept).ConfigureAwait(false);
        if (without.Kind is not (ReactionKind.Closed or ReactionKind.Reset)) return new Reaction(ReactionKind.Failed);
        return await ShowAsync(remote, offering, credential, 2 * without.After > kept ? 2 * without.After : kept, mustAnswer: true).ConfigureAwait(false);
    }

    private async Task<Reaction> ShowAsync(IPEndPoint remote, Target target, Credential? credential, TimeSpan kept, bool mustAnswer = false)
    {
        await s_places.WaitAsync().ConfigureAwait(false);
        try
        {
            return await shown(remote, target, credential, kept, mustAnswer).ConfigureAwait(false);
        }
        finally
        {
            s_places.Release();
        }
    }

    private void MakeRoom<TKey, TValue>(ConcurrentDictionary<TKey, TValue> table, Func<TValue, long> made, TimeSpan lifetime)
        where TKey : notnull
    {
        if (table.Count < Most) return;
        foreach (var (key, value) in table)
        {
            if (time.GetElapsedTime(made(value)) >= lifetime) table.TryRemove(key, out _);
        }

        if (table.Count >= Most) table.Clear();
    }

    /// <summary>One server, as a handshake identifies it.</summary>
    /// <param name="Behind">The server behind a proxy; null without one.</param>
    private sealed record Server(IPEndPoint Remote, string ServerName, TlsOptions Tls, string Protocol, Way Way, HostPort? Behind)
    {
        public static Server Of(IPEndPoint remote, Target target) =>
            new(remote, target.ServerName, target.Tls, target.Protocol.Name, target.Way, target.Way.Proxy is null ? null : target.Address);
    }

    /// <summary>One credential at one server.</summary>
    /// <param name="Leaf">The fingerprint of its leaf; null: no certificate.</param>
    private sealed record Treated(Server Server, string? Leaf)
    {
        public static Treated Of(IPEndPoint remote, Target target, Credential? credential) => new(Server.Of(remote, target), credential?.Leaf.Sha256);
    }

    /// <param name="Made">A timestamp of the clock.</param>
    private sealed record Control(Treatment Treatment, TimeSpan Kept, long Made, Task<ControlFacts> Facts)
    {
        /// <summary>How long the result represents the behavior of the server.</summary>
        public TimeSpan Lifetime => !Facts.IsCompletedSuccessfully || Facts.Result.IsAlpnUnknown ? LifetimeOfFailure : Facts.Result.OfStrangers?.Kind switch
        {
            ReactionKind.Alert => Controls.Lifetime,
            null or ReactionKind.Failed => LifetimeOfFailure,
            _ => LifetimeWithoutAlert,
        };
    }

    /// <param name="At">A timestamp of the clock.</param>
    private readonly record struct Refusal(Reaction? Stranger, Reaction? None, long At);
}

/// <summary>An ambiguous reaction of a server to our credential.</summary>
internal enum Treatment
{
    /// <summary>It closed or reset the connection without an alert.</summary>
    Closed,

    /// <summary>It kept the connection, and answered neither our close nor the end of our stream.</summary>
    Silent,
}
