using MtlsProbe.Certificates;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// Records when the credentials of identities were staged and replaced, how often they were renewed, and how late. A newer leaf that replaces another
/// is a renewal, whatever its source, even if a new configuration names another file. Thread-safe.
/// </summary>
internal sealed class Renewals(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Identity, Slot Slot), Renewed> _known = [];

    /// <summary>Records the credentials in use, and forgets those of removed identities.</summary>
    public void See(HeldMaterials held)
    {
        lock (_gate)
        {
            foreach (var (key, credential) in held.ByIdentity) // the staged ones first: they may be in use a moment later
                if (key.Slot == Slot.Next) See(key, credential);
            foreach (var (key, credential) in held.ByIdentity)
                if (key.Slot == Slot.Current) See(key, credential);
            foreach (var gone in _known.Keys.Except(held.ByIdentity.Keys).ToList()) _known.Remove(gone);
        }
    }

    /// <summary>What is known of a slot.</summary>
    public Renewed Of(string identity, Slot slot)
    {
        lock (_gate) return _known.GetValueOrDefault((identity, slot), Renewed.Never);
    }

    private void See((string Identity, Slot Slot) key, HeldCredential credential)
    {
        var leaf = credential.Material.Current.Good?.Leaf;
        if (!_known.TryGetValue(key, out var known))
        {
            // While a source has delivered nothing, or a fault, its content may have been there for long.
            if (leaf is not null || credential.Material.Current is { Good: null, Fault: null }) _known[key] = Renewed.Never with { Leaf = leaf, Last = leaf };
            return;
        }

        if (known.Leaf == leaf) return;
        if (leaf is null || leaf == known.Last)
        {
            _known[key] = known with { Leaf = leaf };
            return;
        }

        var now = time.GetUtcNow();
        var after = known with { Leaf = leaf, Last = leaf, Since = now, Before = known.Last };
        if (key.Slot == Slot.Current) after = after with { Staged = _known.TryGetValue((key.Identity, Slot.Next), out var next) && next.Last == leaf ? next.Since : null };

        // A credential that is staged in an empty slot replaces nothing.
        _known[key] = known.Leaf is { } before && RenewalLine.IsNewer(leaf, before)
            ? after with { Count = known.Count + 1, At = UsedLife.At(before.NotBefore, before.NotAfter, now) }
            : after;
    }
}

/// <summary>How the leaf of a slot was obtained, and how often it was renewed.</summary>
/// <param name="Leaf">Null while there is none.</param>
/// <param name="At">The share of its lifetime that the previous certificate had used at the last renewal.</param>
internal sealed record Renewed(Certificate? Leaf, long Count, double? At)
{
    public static readonly Renewed Never = new(null, 0, null);

    /// <summary>The last leaf of this slot, kept even after it has gone.</summary>
    public Certificate? Last { get; init; }

    /// <summary>When it came; null if it was already there.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The leaf before it.</summary>
    public Certificate? Before { get; init; }

    /// <summary>When it was staged before it came into use; null if that was not seen.</summary>
    public DateTimeOffset? Staged { get; init; }
}
