using System.Threading.Channels;
using MtlsProbe.Certificates;
using MtlsProbe.Feed;
using MtlsProbe.Files;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>
/// Holds credentials, trust bundles, expected certificates and passwords. It follows their sources and answers from memory: no probe ever waits for a
/// disk or for the derivation of a key.
/// </summary>
/// <param name="systemTrust">Where the machine's anchors are (<see cref="SystemTrust.Locate"/>); null: in the usual places.</param>
/// <param name="once">Files are read once and not followed, so they can be pipes.</param>
/// <param name="sources">Null: the sources of a configuration.</param>
/// <param name="loop">Null: not counted.</param>
/// <param name="environment">Returns the value of an environment variable; null: not set.</param>
/// <param name="events">Null: changes are not recorded.</param>
internal sealed class MaterialStore(
    TimeProvider time, ILogger<MaterialStore> log, TrustSource? systemTrust = null, bool once = false, MaterialSources? sources = null, Loop? loop = null,
    Func<string, string?>? environment = null, EventFeed? events = null)
{
    private static readonly TimeSpan s_patienceAtStart = TimeSpan.FromSeconds(2);

    private readonly Renewals _renewals = new(time);
    private readonly MaterialNews _news = new(new MaterialLog(log), events);
    private readonly Lock _follow = new();
    private readonly Lock _tell = new();
    private readonly TrustSource _system = systemTrust ?? SystemTrust.Locate(_ => null);
    private readonly MaterialSources _sources = sources ?? MaterialSources.Configured(time, once, environment);
    private readonly Channel<bool> _pushed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Loop _loop = loop ?? new Loop("credentials", time);
    private MaterialChange _untold = MaterialChange.None;
    private volatile HeldMaterials _held = new([], [], []);

    /// <summary>
    /// Loads new material, drops what was removed and keeps the rest. Waits for files and for the first answer of other sources, but not for long if
    /// they hang.
    /// </summary>
    /// <returns>The new material, including material whose source has changed.</returns>
    public MaterialChange Follow(Configuration configuration) => Follow(configuration, null);

    /// <summary>As <see cref="Follow(Configuration)"/>, and also loads a credential that belongs to no identity, to test it.</summary>
    /// <param name="name">Its name in messages about its certificates.</param>
    /// <returns>The tested credential. Its faults are returned here, and not logged.</returns>
    public CredentialHandle FollowAndTry(Configuration configuration, string name, CredentialSource source)
    {
        var tried = New(new CredentialEntry(name, Slot.Current, source, null));
        Follow(configuration, tried);
        return CredentialHandle.Of(tried.Material);
    }

    /// <summary>
    /// A handle on the credential of an identity; it refers to nothing for <see cref="Identity.None"/> and for a slot that is not configured.
    /// </summary>
    public CredentialHandle Handle(string identity, Slot slot)
    {
        if (_held.ByIdentity.TryGetValue((identity, slot), out var held)) return held.Handle;
        return identity == Identity.None || slot == Slot.Next
            ? CredentialHandle.Nothing
            : CredentialHandle.Broken(new MaterialFault(Reasons.NotFound, $"the identity {identity} is not configured"));
    }

    /// <summary>Both null for <see cref="Identity.None"/> and for a slot that is not staged.</summary>
    public LoadedCredential Credential(string identity, Slot slot) => Handle(identity, slot).Now;

    public LoadedTrust Trust(string name)
    {
        if (!_held.ByTrust.TryGetValue(name, out var held))
            return new LoadedTrust(null, new MaterialFault(Reasons.NotFound, $"the trust bundle {name} is not configured"));
        var (good, fault) = held.Material.Current;
        return new LoadedTrust(good, fault);
    }

    /// <summary>Every trust bundle that is loaded, in the order of the configuration.</summary>
    public IReadOnlyCollection<TrustBundle> Bundles => [.. _held.Trusts.Select(held => held.Material.Current.Good).OfType<TrustBundle>()];

    /// <summary>The current state of a trust bundle that is not followed.</summary>
    public async Task<Material<TrustBundle>> LookAtAsync(TrustSource source, CancellationToken stop)
    {
        using var its = _sources.Trust(source);
        return (await its.LookAsync(stop).ConfigureAwait(false)).Found;
    }

    /// <summary>Whether there is a credential in an identity's slot <c>next</c>, usable or not.</summary>
    public bool NextIsStaged(string identity) => Handle(identity, Slot.Next).IsStaged;

    /// <summary>The certificate that a configuration names.</summary>
    public LoadedPin Pin(CertificatePin pin)
    {
        if (pin is PinnedFingerprint { Sha256: var sha256 }) return new LoadedPin(new PinnedCertificate(sha256, null, $"the expected one has SHA-256 {sha256}"), null);
        if (!_held.ByPin.TryGetValue((PinnedFile)pin, out var held))
            return new LoadedPin(null, new MaterialFault(Reasons.NotFound, $"{((PinnedFile)pin).Path} is not followed"));
        var (good, fault) = held.Material.Current;
        return new LoadedPin(good, fault);
    }

    /// <summary>The password in a file of the configuration.</summary>
    public LoadedSecret Secret(string path)
    {
        if (!_held.ByPath.TryGetValue(path, out var held)) return new LoadedSecret(null, new MaterialFault(Reasons.NotFound, $"{path} is not followed"));
        var (good, fault) = held.Material.Current;
        return new LoadedSecret(good, fault);
    }

    /// <summary>The issuers of a certificate that the sources of the configuration know, by name.</summary>
    /// <param name="trust">The bundle for this chain, which is skipped.</param>
    public IEnumerable<KnownIssuer> IssuersOf(Certificate certificate, string trust) => _held.IssuersOf(certificate, trust);

    /// <summary>One per slot that is staged, in the order of the configuration.</summary>
    public IReadOnlyList<CredentialState> Snapshot() =>
    [
        .. from held in _held.Credentials
           let current = held.Material.Current
           where current is not (null, null)
           let renewals = _renewals.Of(held.Entry.Identity, held.Entry.Slot)
           select new CredentialState(held.Entry.Identity, held.Entry.Slot, current.Good?.Chain ?? [], current.Fault is null)
           {
               Fault = current.Fault?.Detail,
               Renewals = renewals.Count,
               RenewedAt = renewals.At,
               Since = renewals.Since,
               Staged = renewals.Staged,
               Previous = renewals.Before,
               Source = held.Material.State,
           },
    ];

    /// <summary>One per trust bundle in use, in the order of the configuration.</summary>
    public IReadOnlyList<TrustState> Trusts() =>
    [
        .. from held in _held.Trusts
           let current = held.Material.Current
           select new TrustState(held.Source.Name, current.Fault is null)
           {
               Anchors = held.Source.Name == TrustSource.System ? [] : current.Good?.Anchors ?? [],
           },
    ];

    /// <summary>The states of the sources that are not files, each once.</summary>
    public IReadOnlyList<SourceState> Sources() => SourceState.Merged(_held.States);

    /// <summary>Polls files and accepts pushed material, until it is cancelled.</summary>
    /// <param name="changed">Called when the material in use has changed, on one thread at a time; called again if it throws.</param>
    public async Task RunAsync(Action<MaterialChange> changed, CancellationToken ct)
    {
        await Task.WhenAll(FilePolls.RunAsync(() => _held.Files, TellAsync, fault => _news.Failed(fault, "identities and trust bundles"), _loop, ct), TakePushesAsync(changed, ct)).ConfigureAwait(false);
        _held.Close();

        Task TellAsync()
        {
            Tell(changed);
            return Task.CompletedTask;
        }
    }

    private async Task TakePushesAsync(Action<MaterialChange> changed, CancellationToken ct)
    {
        try
        {
            await foreach (var _ in _pushed.Reader.ReadAllAsync(ct).ConfigureAwait(false))
                await _loop.UntilDoneAsync(() => Tell(changed), fault => _news.Failed(fault, "a source that pushes"), ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Cancelled.
        }
    }

    private void Tell(Action<MaterialChange> changed)
    {
        lock (_tell)
        {
            _untold = _untold.And(_news.Tell(_held));
            _renewals.See(_held);
            if (!_untold.IsNothing) changed(_untold);
            _untold = MaterialChange.None; // a listener that throws is called again
        }
    }

    private MaterialChange Follow(Configuration configuration, HeldCredential? tried)
    {
        lock (_follow)
        {
            var before = _held;
            var after = new HeldMaterials(
                [.. ConfiguredMaterials.Credentials(configuration).Select(entry => before.Find(entry) ?? New(entry))],
                [.. ConfiguredMaterials.Trusts(configuration, _system).Select(source => before.Find(source) ?? New(source))],
                [.. ConfiguredMaterials.Pins(configuration).Select(pin => before.Find(pin) ?? New(pin))])
            {
                Secrets = [.. ConfiguredMaterials.Secrets(configuration).Select(path => before.FindSecret(path) ?? New(path))],
                Tried = tried,
            };
            var fresh = after.Except(before);
            FilePolls.Once(fresh.Files, once ? FileSet.PatienceWithPipes : s_patienceAtStart);
            Task.WaitAll([.. fresh.FirstAnswers], once ? FileSet.PatienceWithPipes : s_patienceAtStart);
            lock (_tell) _news.TellAtFirst(fresh, before);
            _held = after;
            _renewals.See(after);
            _news.TellPromotions(before, after);
            before.Except(after).Close();
            return new MaterialChange(
                fresh.Credentials.Select(held => (held.Entry.Identity, held.Entry.Slot)).ToValueList(),
                fresh.Trusts.Select(held => held.Source.Name).ToValueList(),
                fresh.Pins.Select(held => (CertificatePin)held.Source).ToValueList());
        }
    }

    private HeldCredential New(CredentialEntry entry) => new(entry, Hold(_sources.Credential(entry.Source, entry.Replaces), entry.Identity));

    private HeldTrust New(TrustSource source) => new(source, Hold(_sources.Trust(source), source.Name));

    private HeldPin New(PinnedFile source) => new(source, Hold(_sources.Pin(source), source.Path));

    private HeldSecret New(string path) => new(path, Hold(_sources.Secret(path), path));

    private Held<T> Hold<T>(IMaterialSource<T> source, string name)
        where T : class => new(source, fault => Failed(fault, name), () => _pushed.Writer.TryWrite(true));

    private void Failed(Exception fault, string name)
    {
        _loop.Failed();
        _news.Failed(fault, name);
    }
}
