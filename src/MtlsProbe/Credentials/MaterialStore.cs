using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// The live holder of credentials and trust bundles. It follows their files and answers from memory: no probe ever waits for a disk
/// or for the derivation of a key.
/// </summary>
/// <param name="systemTrust">Where the machine's anchors are (<see cref="SystemTrust.Locate"/>); null: the usual places.</param>
internal sealed partial class MaterialStore(TimeProvider time, ILogger<MaterialStore> log, TrustSource? systemTrust = null)
{
    /// <summary>A change is in use after two to three of these.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    private readonly Lock _follow = new();
    private readonly TrustSource _system = systemTrust ?? SystemTrust.Locate(_ => null);
    private volatile Holdings _holdings = new([], []);

    /// <summary>Loads what is new, drops what is gone and keeps the rest. Reads files on the calling thread.</summary>
    public void Follow(Configuration configuration)
    {
        lock (_follow)
        {
            var before = _holdings;
            _holdings = new Holdings(
                [.. Credentials(configuration).Select(entry => before.Find(entry) ?? Load(entry))],
                [.. Trusts(configuration).Select(source => before.Find(source) ?? Load(source))]);
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

    /// <summary>One per slot that is staged, in the order of the configuration.</summary>
    public IReadOnlyList<CredentialState> Snapshot() =>
    [
        .. from held in _holdings.Credentials
           let current = held.Material.Current
           where current is not (null, null)
           select new CredentialState(held.Entry.Identity, held.Entry.Slot, current.Good?.Chain ?? [], current.Fault is null),
    ];

    /// <summary>Polls the files until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await Task.Delay(PollInterval, time, ct);
                Poll();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    private void Poll()
    {
        var holdings = _holdings;
        foreach (var held in holdings.Credentials) PollOne(held.Entry.Identity, held.Material, before => Changed(held, before));
        foreach (var held in holdings.Trusts) PollOne(held.Source.Name, held.Material, before => Changed(held, before));
    }

    /// <summary>What nobody foresaw ends here with a log line; the other files are polled on.</summary>
    private void PollOne<T>(string name, Followed<T> material, Action<Material<T>> changed)
        where T : class
    {
        try
        {
            var before = material.Current;
            if (material.Poll()) changed(before);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            PollFailed(e, name);
        }
    }

    private void Changed(HeldCredential held, Material<Credential>? before)
    {
        var (identity, slot) = (held.Entry.Identity, held.Entry.Slot.Label());
        var (credential, fault) = held.Material.Current;
        if (fault is not null)
            CredentialBroken(identity, slot, fault.Reason.Label, fault.Detail, credential?.Leaf.Serial ?? "none");
        else if (credential is not null)
            CredentialReplaced(identity, slot, before?.Good?.Leaf.Serial ?? "none", credential.Leaf.Serial, credential.Leaf.NotAfter);
        else
            CredentialGone(identity, slot);
    }

    private void Changed(HeldTrust held, Material<TrustBundle>? before)
    {
        var (bundle, fault) = held.Material.Current;
        if (fault is null) TrustReplaced(held.Source.Name, before?.Good?.Anchors.Count ?? 0, bundle?.Anchors.Count ?? 0);
        else TrustBroken(held.Source.Name, fault.Reason.Label, fault.Detail, bundle?.Anchors.Count ?? 0);
    }

    private HeldCredential Load(CredentialEntry entry)
    {
        var material = new Followed<Credential>(
            () => MaterialFiles.Read(CredentialLoader.PathsOf(entry.Source)),
            files => CredentialLoader.Decode(entry.Source, files),
            optional: entry.Slot == Slot.Next);
        var held = new HeldCredential(entry, material);
        if (material.Current.Fault is not null) Changed(held, null);
        return held;
    }

    private HeldTrust Load(TrustSource source)
    {
        var material = new Followed<TrustBundle>(
            () => MaterialFiles.Read(TrustLoader.PathsOf(source)),
            files => TrustLoader.Decode(source, files),
            optional: false);
        var held = new HeldTrust(source, material);
        if (material.Current.Fault is not null) Changed(held, null);
        return held;
    }

    private static IEnumerable<CredentialEntry> Credentials(Configuration configuration)
    {
        foreach (var identity in configuration.Identities)
        {
            yield return new CredentialEntry(identity.Name, Slot.Current, identity.Current);
            if (identity.Next is { } next) yield return new CredentialEntry(identity.Name, Slot.Next, next);
        }
    }

    /// <summary>The machine's anchors are some hundred certificates: they are loaded where a probe may need them.</summary>
    private IEnumerable<TrustSource> Trusts(Configuration configuration) =>
        configuration.AllowFreeTargets || configuration.Targets.Any(target => target.Trust == TrustSource.System)
            ? configuration.Trusts.Append(_system)
            : configuration.Trusts;

    private sealed record CredentialEntry(string Identity, Slot Slot, CredentialSource Source);

    private sealed record HeldCredential(CredentialEntry Entry, Followed<Credential> Material);

    private sealed record HeldTrust(TrustSource Source, Followed<TrustBundle> Material);

    /// <summary>What is held at one time; replaced whole.</summary>
    private sealed class Holdings(IReadOnlyList<HeldCredential> credentials, IReadOnlyList<HeldTrust> trusts)
    {
        public IReadOnlyList<HeldCredential> Credentials { get; } = credentials;

        public IReadOnlyList<HeldTrust> Trusts { get; } = trusts;

        public FrozenDictionary<(string Identity, Slot Slot), HeldCredential> ByIdentity { get; } =
            credentials.ToFrozenDictionary(held => (held.Entry.Identity, held.Entry.Slot));

        public FrozenDictionary<string, HeldTrust> ByTrust { get; } =
            trusts.ToFrozenDictionary(held => held.Source.Name, StringComparer.Ordinal);

        public HeldCredential? Find(CredentialEntry entry) =>
            ByIdentity.TryGetValue((entry.Identity, entry.Slot), out var held) && held.Entry == entry ? held : null;

        public HeldTrust? Find(TrustSource source) => ByTrust.TryGetValue(source.Name, out var held) && held.Source == source ? held : null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Credential of {Identity} ({Slot}) loaded: serial {Serial}, expires {NotAfter:yyyy-MM-ddTHH:mm:ssZ}, in place of serial {OldSerial}")]
    private partial void CredentialReplaced(string identity, string slot, string oldSerial, string serial, DateTimeOffset notAfter);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Credential of {Identity} ({Slot}) is broken, {Reason}: {Detail}. In use: serial {Serial}")]
    private partial void CredentialBroken(string identity, string slot, string reason, string detail, string serial);

    [LoggerMessage(Level = LogLevel.Information, Message = "Credential of {Identity} ({Slot}) is not staged any more: its files are gone")]
    private partial void CredentialGone(string identity, string slot);

    [LoggerMessage(Level = LogLevel.Information, Message = "Trust bundle {Trust} loaded: {Anchors} anchors, in place of {OldAnchors}")]
    private partial void TrustReplaced(string trust, int oldAnchors, int anchors);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Trust bundle {Trust} is broken, {Reason}: {Detail}. In use: {Anchors} anchors")]
    private partial void TrustBroken(string trust, string reason, string detail, int anchors);

    [LoggerMessage(Level = LogLevel.Error, Message = "Polling the files of {Name} failed; they are tried again")]
    private partial void PollFailed(Exception fault, string name);
}
