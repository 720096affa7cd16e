using MtlsProbe.Certificates;
using MtlsProbe.Files;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>
/// The live holder of credentials and trust bundles. It follows their files and answers from memory: no probe ever waits for a disk
/// or for the derivation of a key.
/// </summary>
/// <param name="systemTrust">Where the machine's anchors are (<see cref="SystemTrust.Locate"/>); null: the usual places.</param>
/// <param name="once">The files are read once and not followed, so that they may be pipes.</param>
internal sealed class MaterialStore(TimeProvider time, ILogger<MaterialStore> log, TrustSource? systemTrust = null, bool once = false)
{
    /// <summary>A change is in use after two to three of these.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_patienceAtStart = TimeSpan.FromSeconds(2);

    private readonly MaterialLog _log = new(log);
    private readonly Lock _follow = new();
    private readonly TrustSource _system = systemTrust ?? SystemTrust.Locate(_ => null);
    private volatile Holdings _holdings = new([], [], []);

    /// <summary>Loads what is new, drops what is gone and keeps the rest. Waits for files, but not for long for those that hang.</summary>
    /// <param name="untold">An identity of which the caller tells himself what is broken.</param>
    /// <returns>What is new, or comes from other files than before.</returns>
    public MaterialChange Follow(Configuration configuration, string? untold = null)
    {
        lock (_follow)
        {
            var before = _holdings;
            var after = new Holdings(
                [.. ConfiguredMaterials.Credentials(configuration).Select(entry => before.Find(entry) ?? New(entry))],
                [.. ConfiguredMaterials.Trusts(configuration, _system).Select(source => before.Find(source) ?? New(source))],
                [.. ConfiguredMaterials.Pins(configuration).Select(pin => before.Find(pin) ?? New(pin))]);
            Load(after, before, untold);
            _holdings = after;
            LogPromotions(before, after);
            return new MaterialChange(
                after.Credentials.Where(held => before.Find(held.Entry) is null).Select(held => (held.Entry.Identity, held.Entry.Slot)).ToValueList(),
                after.Trusts.Where(held => before.Find(held.Source) is null).Select(held => held.Source.Name).ToValueList(),
                after.Pins.Where(held => before.Find(held.Source) is null).Select(held => (CertificatePin)held.Source).ToValueList());
        }
    }

    /// <summary>Both null for <see cref="Identity.None"/> and for a slot that is not staged.</summary>
    public LoadedCredential Credential(string identity, Slot slot)
    {
        if (_holdings.ByIdentity.TryGetValue((identity, slot), out var held))
        {
            var (good, fault) = held.Material.Current;
            return new LoadedCredential(good, fault);
        }

        return identity == Identity.None || slot == Slot.Next
            ? new LoadedCredential(null, null)
            : new LoadedCredential(null, new MaterialFault(Reasons.NotFound, $"the identity {identity} is not configured"));
    }

    public LoadedTrust Trust(string name)
    {
        if (!_holdings.ByTrust.TryGetValue(name, out var held))
            return new LoadedTrust(null, new MaterialFault(Reasons.NotFound, $"the trust bundle {name} is not configured"));
        var (good, fault) = held.Material.Current;
        return new LoadedTrust(good, fault);
    }

    /// <summary>Whether there are files in an identity's slot <c>next</c>, good ones or not.</summary>
    public bool NextIsStaged(string identity) => Credential(identity, Slot.Next) is not (null, null);

    /// <summary>The certificate that a configuration names.</summary>
    public LoadedPin Pin(CertificatePin pin)
    {
        if (pin is PinnedFingerprint { Sha256: var sha256 }) return new LoadedPin(new PinnedCertificate(sha256, null, $"expected is the one with SHA-256 {sha256}"), null);
        if (!_holdings.ByPin.TryGetValue((PinnedFile)pin, out var held))
            return new LoadedPin(null, new MaterialFault(Reasons.NotFound, $"{((PinnedFile)pin).Path} is not followed"));
        var (good, fault) = held.Material.Current;
        return new LoadedPin(good, fault);
    }

    /// <summary>The issuers of a certificate that the files of the configuration know, by name.</summary>
    /// <param name="trust">The bundle that it was judged by, which is left out.</param>
    public IEnumerable<KnownIssuer> IssuersOf(Certificate certificate, string trust) => _holdings.IssuersOf(certificate, trust);

    /// <summary>One per slot that is staged, in the order of the configuration.</summary>
    public IReadOnlyList<CredentialState> Snapshot() =>
    [
        .. from held in _holdings.Credentials
           let current = held.Material.Current
           where current is not (null, null)
           select new CredentialState(held.Entry.Identity, held.Entry.Slot, current.Good?.Chain ?? [], current.Fault is null) { Fault = current.Fault?.Detail },
    ];

    /// <summary>One per trust bundle in use, in the order of the configuration.</summary>
    public IReadOnlyList<TrustState> Trusts() =>
    [
        .. from held in _holdings.Trusts
           let current = held.Material.Current
           select new TrustState(held.Source.Name, current.Fault is null)
           {
               Anchors = held.Source.Name == TrustSource.System ? [] : current.Good?.Anchors ?? [],
           },
    ];

    /// <summary>Polls the files until it is told to stop. A file that hangs delays neither that nor, for long, the others.</summary>
    /// <param name="changed">Told when something else is in use; must not throw.</param>
    public async Task RunAsync(Action<MaterialChange> changed, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await Task.Delay(PollInterval, time, ct);
                var change = Poll(ct);
                if (change is not { Credentials.Count: 0, Trusts.Count: 0, Pins.Count: 0 }) changed(change);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    private MaterialChange Poll(CancellationToken ct)
    {
        var holdings = _holdings;
        Sweep.Run(
            [
                .. holdings.Credentials.SelectMany(held => Polls(held.Entry.Identity, held.Material)),
                .. holdings.Trusts.SelectMany(held => Polls(held.Source.Name, held.Material)),
                .. holdings.Pins.SelectMany(held => Polls(held.Source.Path, held.Material)),
            ],
            Sweep.Patience,
            ct);
        return new MaterialChange(
            holdings.Credentials.Where(held => TellOf(held.Material, before => Changed(held, before))).Select(held => (held.Entry.Identity, held.Entry.Slot)).ToValueList(),
            holdings.Trusts.Where(held => TellOf(held.Material, before => Changed(held, before))).Select(held => held.Source.Name).ToValueList(),
            holdings.Pins.Where(held => TellOf(held.Material, before => Changed(held, before))).Select(held => (CertificatePin)held.Source).ToValueList());
    }

    /// <summary>One poll, or none where the one before still hangs.</summary>
    private IEnumerable<Action> Polls<T>(string name, Followed<T> material)
        where T : class
    {
        if (material.IsPolling) material.ComplainOfDelay();
        else yield return () => PollOne(name, material);
    }

    /// <summary>What nobody foresaw ends here with a log line; the other files are polled on.</summary>
    private void PollOne<T>(string name, Followed<T> material)
        where T : class
    {
        try
        {
            material.Poll();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _log.PollFailed(e, name);
        }
    }

    private static bool TellOf<T>(Followed<T> material, Action<Material<T>> changed)
        where T : class
    {
        if (material.Replaced() is not { } before) return false;
        changed(before);
        return true;
    }

    private void Changed(HeldCredential held, Material<Credential>? before)
    {
        var (identity, slot) = (held.Entry.Identity, held.Entry.Slot.Label());
        var (credential, fault) = held.Material.Current;
        if (fault is not null)
            _log.CredentialBroken(identity, slot, fault.Reason.Label, fault.Detail, credential?.Leaf.Serial ?? "none");
        else if (credential is not null && IsPromotion(_holdings, held.Entry, credential, before?.Good))
            _log.CredentialPromoted(identity, credential.Leaf.Serial, credential.Leaf.NotAfter, before?.Good?.Leaf.Serial ?? "none");
        else if (credential is not null)
            _log.CredentialReplaced(identity, slot, before?.Good?.Leaf.Serial ?? "none", credential.Leaf.Serial, credential.Leaf.NotAfter);
        else if (_holdings.InUse(identity) is { } inUse && held.Material.Recent.Any(staged => staged.Leaf == inUse.Leaf))
            _log.NextCleared(identity, inUse.Leaf.Serial);
        else
            _log.CredentialGone(identity, slot);
        TellNotes(held, before);
    }

    private void TellNotes(HeldCredential held, Material<Credential>? before)
    {
        var slot = held.Entry.Slot.Label();
        TellNotes(held.Material, before, (level, note) => _log.CredentialNoted(level, held.Entry.Identity, slot, note));
    }

    private void TellNotes(HeldTrust held, Material<TrustBundle>? before) =>
        TellNotes(held.Material, before, (level, note) => _log.TrustNoted(level, held.Source.Name, note));

    private void TellNotes(HeldPin held, Material<PinnedCertificate>? before) =>
        TellNotes(held.Material, before, (level, note) => _log.PinNoted(level, note));

    /// <summary>Not again what was told of the files before.</summary>
    private static void TellNotes<T>(Followed<T> material, Material<T>? before, Action<LogLevel, string> tell)
        where T : class
    {
        foreach (var note in material.Current.Notes.Except(before?.Notes ?? []))
            tell(note.IsWarning ? LogLevel.Warning : LogLevel.Information, note.Detail);
    }

    private void Changed(HeldTrust held, Material<TrustBundle>? before)
    {
        var (bundle, fault) = held.Material.Current;
        if (fault is null) _log.TrustReplaced(held.Source.Name, before?.Good?.Anchors.Count ?? 0, bundle?.Anchors.Count ?? 0);
        else _log.TrustBroken(held.Source.Name, fault.Reason.Label, fault.Detail, bundle?.Anchors.Count ?? 0);
        TellNotes(held, before);
    }

    private void Changed(HeldPin held, Material<PinnedCertificate>? before)
    {
        var (pin, fault) = held.Material.Current;
        if (fault is null) _log.PinReplaced(held.Source.Path, pin?.Certificate?.Serial ?? "none", before?.Good?.Certificate?.Serial ?? "none");
        else _log.PinBroken(held.Source.Path, fault.Reason.Label, fault.Detail, pin?.Certificate?.Serial ?? "none");
        TellNotes(held, before);
    }

    /// <summary>What was staged is in use now. Its files may have left the slot <c>next</c>, or made room for others, a moment before.</summary>
    private static bool IsPromotion(Holdings holdings, CredentialEntry entry, Credential credential, Credential? before) =>
        entry.Slot == Slot.Current && credential.Leaf != before?.Leaf
        && holdings.ByIdentity.TryGetValue((entry.Identity, Slot.Next), out var next) && next.Material.Recent.Any(staged => staged.Leaf == credential.Leaf);

    /// <summary>The other way to promote: the new configuration names as current what the old one named as next.</summary>
    private void LogPromotions(Holdings before, Holdings after)
    {
        foreach (var (entry, material) in after.Credentials)
        {
            if (material.Current.Good is not { } credential || before.InUse(entry.Identity) is not { } old) continue;
            if (IsPromotion(before, entry, credential, old))
                _log.CredentialPromoted(entry.Identity, credential.Leaf.Serial, credential.Leaf.NotAfter, old.Leaf.Serial);
        }
    }

    private HeldCredential New(CredentialEntry entry) => new(entry, new Followed<Credential>(
        () => MaterialFiles.Read(CredentialLoader.PathsOf(entry.Source), mayBePipes: once),
        files => CredentialLoader.Decode(entry.Source, files),
        entry.Replaces is { } current ? files => CredentialLoader.IsNotStaged(entry.Source, current, files) : null,
        string.Join(", ", CredentialLoader.PathsOf(entry.Source)),
        time));

    private HeldTrust New(TrustSource source) => new(source, new Followed<TrustBundle>(
        () => MaterialFiles.Read(TrustLoader.PathsOf(source), mayBePipes: once),
        files => TrustLoader.Decode(source, files),
        isAbsent: null,
        string.Join(", ", source.Files),
        time));

    private HeldPin New(PinnedFile source) => new(source, new Followed<PinnedCertificate>(
        () => MaterialFiles.Read([source.Path], mayBePipes: once),
        files => PinLoader.Decode(source, files),
        isAbsent: null,
        source.Path,
        time));

    /// <summary>Reads what is new for the first time; what is broken is told, and what is left out.</summary>
    private void Load(Holdings holdings, Holdings before, string? untold)
    {
        HeldCredential[] credentials = [.. holdings.Credentials.Except(before.Credentials)];
        HeldTrust[] trusts = [.. holdings.Trusts.Except(before.Trusts)];
        HeldPin[] pins = [.. holdings.Pins.Except(before.Pins)];
        Action[] polls =
        [
            .. credentials.SelectMany(held => Polls(held.Entry.Identity, held.Material)),
            .. trusts.SelectMany(held => Polls(held.Source.Name, held.Material)),
            .. pins.SelectMany(held => Polls(held.Source.Path, held.Material)),
        ];

        Sweep.Run(polls, once ? MaterialFiles.PatienceWithPipes : s_patienceAtStart);
        foreach (var held in credentials) TellAtFirst(held.Material, held.Entry.Identity == untold ? () => { } : () => Changed(held, null), () => TellNotes(held, null));
        foreach (var held in trusts) TellAtFirst(held.Material, () => Changed(held, null), () => TellNotes(held, null));
        foreach (var held in pins) TellAtFirst(held.Material, () => Changed(held, null), () => TellNotes(held, null));
    }

    private static void TellAtFirst<T>(Followed<T> material, Action broken, Action noted)
        where T : class
    {
        material.Replaced();
        if (material.Current.Fault is not null) broken();
        else noted();
    }
}
