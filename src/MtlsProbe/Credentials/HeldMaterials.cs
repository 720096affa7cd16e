using System.Collections.Frozen;
using MtlsProbe.Certificates;
using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>Everything that <see cref="MaterialStore"/> holds at one time, in the order of the configuration; replaced as a whole.</summary>
internal sealed class HeldMaterials(IReadOnlyList<HeldCredential> credentials, IReadOnlyList<HeldTrust> trusts, IReadOnlyList<HeldPin> pins)
{
    public IReadOnlyList<HeldCredential> Credentials { get; } = credentials;

    public IReadOnlyList<HeldTrust> Trusts { get; } = trusts;

    public IReadOnlyList<HeldPin> Pins { get; } = pins;

    /// <summary>Passwords of proxies and of logins.</summary>
    public IReadOnlyList<HeldSecret> Secrets
    {
        get;
        init
        {
            field = value;
            ByPath = value.ToFrozenDictionary(held => held.Path, StringComparer.Ordinal);
        }
    } = [];

    /// <summary>The passwords.</summary>
    public FrozenDictionary<string, HeldSecret> ByPath { get; private init; } = FrozenDictionary<string, HeldSecret>.Empty;

    /// <summary>A credential that is tested and belongs to no identity; null: none.</summary>
    public HeldCredential? Tried { get; init; }

    /// <summary>The files that are polled for all of them.</summary>
    public IEnumerable<FileFollower> Files => Credentials.Append(Tried).Select(held => held?.Material.Files)
        .Concat(Trusts.Select(held => held.Material.Files))
        .Concat(Pins.Select(held => held.Material.Files))
        .Concat(Secrets.Select(held => held.Material.Files))
        .OfType<FileFollower>();

    /// <summary>The states of the sources that are not files.</summary>
    public IEnumerable<SourceState> States => Credentials.Append(Tried).Select(held => held?.Material.State).Concat(Trusts.Select(held => held.Material.State)).OfType<SourceState>();

    /// <summary>Complete when the sources that are not files have first delivered anything or reported their state.</summary>
    public IEnumerable<Task> FirstAnswers => Credentials.Append(Tried).OfType<HeldCredential>().Where(held => held.Material.State is not null).Select(held => held.Material.Answered)
        .Concat(Trusts.Where(held => held.Material.State is not null).Select(held => held.Material.Answered));

    public FrozenDictionary<(string Identity, Slot Slot), HeldCredential> ByIdentity { get; } =
        credentials.ToFrozenDictionary(held => (held.Entry.Identity, held.Entry.Slot));

    public FrozenDictionary<string, HeldTrust> ByTrust { get; } =
        trusts.ToFrozenDictionary(held => held.Source.Name, StringComparer.Ordinal);

    public FrozenDictionary<PinnedFile, HeldPin> ByPin { get; } = pins.ToFrozenDictionary(held => held.Source);

    /// <summary>The current credential of an identity; null if there is none.</summary>
    public Credential? InUse(string identity) =>
        ByIdentity.TryGetValue((identity, Slot.Current), out var held) ? held.Material.Current.Good : null;

    /// <summary>The certificates here whose subject is the issuer of <paramref name="certificate"/>.</summary>
    /// <param name="trust">A bundle that is skipped.</param>
    public IEnumerable<KnownIssuer> IssuersOf(Certificate certificate, string trust)
    {
        var credentials =
            from held in Credentials.Append(Tried).OfType<HeldCredential>()
            from issuer in held.Material.Current.Good?.Chain ?? []
            select new KnownIssuer(issuer, $"in the chain of the identity {held.Entry.Identity}{(held.Entry.Slot == Slot.Next ? " (next)" : "")}");
        var pins =
            from held in Pins
            where held.Material.Current.Good is { Certificate: not null }
            from issuer in held.Material.Current.Good!.Rest.Prepend(held.Material.Current.Good.Certificate!)
            select new KnownIssuer(issuer, $"in {held.Source.Path}");
        var anchors =
            from held in Trusts
            where held.Source.Name != trust
            from issuer in held.Material.Current.Good?.IssuersOf(certificate) ?? []
            select new KnownIssuer(issuer, $"in the trust bundle {held.Source.Name}");
        return credentials.Concat(pins).Where(known => certificate.HasIssuerName(known.Certificate)).Concat(anchors);
    }

    public HeldCredential? Find(CredentialEntry entry) =>
        ByIdentity.TryGetValue((entry.Identity, entry.Slot), out var held) && held.Entry == entry ? held : null;

    public HeldTrust? Find(TrustSource source) => ByTrust.TryGetValue(source.Name, out var held) && held.Source == source ? held : null;

    public HeldPin? Find(PinnedFile source) => ByPin.GetValueOrDefault(source);

    public HeldSecret? FindSecret(string path) => ByPath.GetValueOrDefault(path);

    /// <summary>Those that are held here and not by the others.</summary>
    public HeldMaterials Except(HeldMaterials others) =>
        new([.. Credentials.Except(others.Credentials)], [.. Trusts.Except(others.Trusts)], [.. Pins.Except(others.Pins)])
        {
            Secrets = [.. Secrets.Except(others.Secrets)],
            Tried = Tried == others.Tried ? null : Tried,
        };

    /// <summary>Ends the delivery of all these sources.</summary>
    public void Close()
    {
        foreach (var held in Credentials) held.Material.Dispose();
        Tried?.Material.Dispose();
        foreach (var held in Trusts) held.Material.Dispose();
        foreach (var held in Pins) held.Material.Dispose();
        foreach (var held in Secrets) held.Material.Dispose();
    }
}

/// <summary>One slot of an identity, as configured.</summary>
/// <param name="Replaces">The current source, for <see cref="Slot.Next"/>.</param>
internal sealed record CredentialEntry(string Identity, Slot Slot, CredentialSource Source, CredentialSource? Replaces);

internal sealed record HeldCredential(CredentialEntry Entry, Held<Credential> Material)
{
    /// <summary>The only handle on this slot: two equal handles refer to the same source.</summary>
    public CredentialHandle Handle { get; } = CredentialHandle.Of(Material);
}

internal sealed record HeldTrust(TrustSource Source, Held<TrustBundle> Material);

internal sealed record HeldPin(PinnedFile Source, Held<PinnedCertificate> Material);

internal sealed record HeldSecret(string Path, Held<Secret> Material);
