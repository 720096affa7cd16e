using MtlsProbe.Certificates;
using MtlsProbe.Feed;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>Reports changes of the held material, each once. For one thread at a time.</summary>
internal sealed class MaterialNews(MaterialLog log, EventFeed? events)
{
    /// <summary>Reports what has changed since the last call.</summary>
    public MaterialChange Tell(HeldMaterials all)
    {
        // A new password changes no handshake key: the next probe uses it.
        foreach (var held in all.Secrets) TellOf(held.Material, _ => Changed(held));
        return OfProbes(all);
    }

    private MaterialChange OfProbes(HeldMaterials all) => new(
        all.Credentials.Where(held => TellOf(held.Material, before => Changed(all, held, before))).Select(held => (held.Entry.Identity, held.Entry.Slot)).ToValueList(),
        all.Trusts.Where(held => TellOf(held.Material, before => Changed(held, before))).Select(held => held.Source.Name).ToValueList(),
        all.Pins.Where(held => TellOf(held.Material, before => Changed(held, before))).Select(held => (CertificatePin)held.Source).ToValueList());

    /// <summary>Reports faults and oddities of newly held material.</summary>
    public void TellAtFirst(HeldMaterials fresh, HeldMaterials all)
    {
        foreach (var held in fresh.Credentials) TellAtFirst(held.Material, () => Changed(all, held, null), () => TellNotes(held, null));

        // The caller that tests a credential reports its faults itself.
        if (fresh.Tried is { } tried) TellAtFirst(tried.Material, () => { }, () => TellNotes(tried, null));
        foreach (var held in fresh.Trusts) TellAtFirst(held.Material, () => Changed(held, null), () => TellNotes(held, null));
        foreach (var held in fresh.Pins) TellAtFirst(held.Material, () => Changed(held, null), () => TellNotes(held, null));
        foreach (var held in fresh.Secrets) TellAtFirst(held.Material, () => Changed(held), () => { });
    }

    /// <summary>The other way to promote: the new configuration has as current what the old one had as next.</summary>
    public void TellPromotions(HeldMaterials before, HeldMaterials after)
    {
        foreach (var (entry, material) in after.Credentials)
        {
            if (material.Current.Good is not { } credential || before.InUse(entry.Identity) is not { } old) continue;
            if (!IsPromotion(before, entry, credential, old)) continue;
            log.CredentialPromoted(entry.Identity, credential.Leaf.Serial, credential.Leaf.NotAfter, old.Leaf.Serial);
            TellPromoted(entry, credential, old.Leaf.Serial);
        }
    }

    /// <summary>Logs an unexpected error; all sources continue. On any thread.</summary>
    public void Failed(Exception fault, string name) => log.PollFailed(fault, name);

    private static bool TellOf<T>(Held<T> material, Action<Material<T>> changed)
        where T : class
    {
        if (material.Replaced() is not { } before) return false;
        changed(before);
        return true;
    }

    private static void TellAtFirst<T>(Held<T> material, Action broken, Action noted)
        where T : class
    {
        material.Replaced();

        // A source over a network that has not answered yet has not failed.
        if (material is { State: not null, Answered.IsCompleted: false }) return;
        if (material.Current.Fault is not null) broken();
        else noted();
    }

    private void Changed(HeldMaterials all, HeldCredential held, Material<Credential>? before)
    {
        var (identity, slot) = (held.Entry.Identity, held.Entry.Slot.Label());
        var (credential, fault) = held.Material.Current;
        var old = before?.Good?.Leaf.Serial ?? "none";
        if (fault is not null)
        {
            log.CredentialBroken(identity, slot, fault.Reason.Label, fault.Detail, credential?.Leaf.Serial ?? "none");
            Tell(held.Entry, EventTone.Bad, $"cannot be read: {fault.Reason.Sentence}; {fault.Detail}. {(credential is null ? "Nothing is in use" : $"Serial {credential.Leaf.Serial} stays in use")}");
        }
        else if (credential is not null && credential == before?.Good)
        {
            log.CredentialBack(identity, slot, credential.Leaf.Serial);
            Tell(held.Entry, EventTone.Good, $"can be read again: serial {credential.Leaf.Serial}", credential.Leaf.Serial);
        }
        else if (credential is not null && IsPromotion(all, held.Entry, credential, before?.Good))
        {
            log.CredentialPromoted(identity, credential.Leaf.Serial, credential.Leaf.NotAfter, old);
            TellPromoted(held.Entry, credential, old);
        }
        else if (credential is not null)
        {
            log.CredentialReplaced(identity, slot, old, credential.Leaf.Serial, credential.Leaf.NotAfter);
            var what = held.Entry.Slot == Slot.Next ? "is staged" : "is loaded";
            Tell(held.Entry, EventTone.Neutral, $"{what}: serial {credential.Leaf.Serial}, until {Times.Second(credential.Leaf.NotAfter)}; before: {(before?.Good is null ? "none" : $"serial {old}")}", credential.Leaf.Serial);
        }
        else if (all.InUse(identity) is { } inUse && held.Material.Recent.Any(staged => staged.Leaf == inUse.Leaf))
        {
            log.NextCleared(identity, inUse.Leaf.Serial);
            Tell(held.Entry, EventTone.Good, $"is no longer staged: it is in use, serial {inUse.Leaf.Serial}", inUse.Leaf.Serial);
        }
        else
        {
            log.CredentialGone(identity, slot);
            Tell(held.Entry, EventTone.Neutral, "is no longer staged: its files are gone");
        }

        TellNotes(held, before);
    }

    private void Changed(HeldTrust held, Material<TrustBundle>? before)
    {
        var (bundle, fault) = held.Material.Current;
        if (fault is null && bundle is not null && bundle == before?.Good) log.TrustBack(held.Source.Name, bundle.Anchors.Count);
        else if (fault is null) log.TrustReplaced(held.Source.Name, before?.Good?.Anchors.Count ?? 0, bundle?.Anchors.Count ?? 0);
        else log.TrustBroken(held.Source.Name, fault.Reason.Label, fault.Detail, bundle?.Anchors.Count ?? 0);
        TellTrust($"the trust bundle {held.Source.Name}", fault, $"has {Counts.Of(bundle?.Anchors.Count ?? 0, "anchor")}; before: {before?.Good?.Anchors.Count ?? 0}");
        TellNotes(held, before);
    }

    private void Changed(HeldPin held, Material<PinnedCertificate>? before)
    {
        var (pin, fault) = held.Material.Current;
        if (fault is null) log.PinReplaced(held.Source.Path, pin?.Certificate?.Serial ?? "none", before?.Good?.Certificate?.Serial ?? "none");
        else log.PinBroken(held.Source.Path, fault.Reason.Label, fault.Detail, pin?.Certificate?.Serial ?? "none");
        TellTrust($"the expected certificate {held.Source.Path}", fault, $"has serial {pin?.Certificate?.Serial ?? "none"}; before: {before?.Good?.Certificate?.Serial ?? "none"}");
        TellNotes(held, before);
    }

    private void Changed(HeldSecret held)
    {
        var (secret, fault) = held.Material.Current;
        if (fault is null) log.SecretReplaced(held.Path);
        else log.SecretBroken(held.Path, fault.Reason.Label, fault.Detail, secret is null ? "nothing" : "its previous content");
    }

    private void TellPromoted(CredentialEntry entry, Credential credential, string old) =>
        Tell(entry, EventTone.Good, $"promoted: serial {credential.Leaf.Serial}, until {Times.Second(credential.Leaf.NotAfter)}; before: serial {old}", credential.Leaf.Serial);

    private void Tell(CredentialEntry entry, EventTone tone, string text, string? serial = null) => events?.Add(new FleetEvent
    {
        Topic = EventTopic.Credential, Tone = tone, Text = text, Identity = entry.Identity, Slot = entry.Slot, Serial = serial,
    });

    private void TellTrust(string what, MaterialFault? fault, string otherwise) => events?.Add(new FleetEvent
    {
        Topic = EventTopic.Trust, Tone = fault is null ? EventTone.Neutral : EventTone.Bad, Text = fault is null ? $"{what} {otherwise}" : $"{what} cannot be read: {fault.Reason.Sentence}; {fault.Detail}",
    });

    /// <summary>What was staged is in use now. It may have left the slot <c>next</c>, or been replaced there, a moment before.</summary>
    private static bool IsPromotion(HeldMaterials all, CredentialEntry entry, Credential credential, Credential? before) =>
        entry.Slot == Slot.Current && credential.Leaf != before?.Leaf
        && all.ByIdentity.TryGetValue((entry.Identity, Slot.Next), out var next) && next.Material.Recent.Any(staged => staged.Leaf == credential.Leaf);

    private void TellNotes(HeldCredential held, Material<Credential>? before)
    {
        var slot = held.Entry.Slot.Label();
        TellNotes(held.Material, before, (level, note) => log.CredentialNoted(level, held.Entry.Identity, slot, note));
    }

    private void TellNotes(HeldTrust held, Material<TrustBundle>? before) =>
        TellNotes(held.Material, before, (level, note) => log.TrustNoted(level, held.Source.Name, note));

    private void TellNotes(HeldPin held, Material<PinnedCertificate>? before) =>
        TellNotes(held.Material, before, (level, note) => log.PinNoted(level, note));

    /// <summary>Without the notes that were already reported about the previous material.</summary>
    private static void TellNotes<T>(Held<T> material, Material<T>? before, Action<LogLevel, string> tell)
        where T : class
    {
        foreach (var note in material.Current.Notes.Except(before?.Notes ?? []))
            tell(note.IsWarning ? LogLevel.Warning : LogLevel.Information, note.Detail);
    }
}
