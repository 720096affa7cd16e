using MtlsProbe.Certificates;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// Counts how often the credentials of identities were renewed, and how late. A newer leaf that replaces another is a renewal, whatever its source,
/// including another file in a new configuration. Thread-safe.
/// </summary>
internal sealed class Renewals(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Identity, Slot Slot), Renewed> _known = [];

    /// <summary>Takes note of the credentials in use, and forgets those of identities that are gone.</summary>
    public void See(HeldMaterials held)
    {
        lock (_gate)
        {
            foreach (var gone in _known.Keys.Except(held.ByIdentity.Keys).ToList()) _known.Remove(gone);
            foreach (var (key, credential) in held.ByIdentity)
            {
                var (leaf, known) = (credential.Material.Current.Good?.Leaf, _known.GetValueOrDefault(key, Renewed.Never));
                if (known.Leaf == leaf) continue;

                // A credential staged where there was none replaces nothing.
                _known[key] = leaf is not null && known.Leaf is { } before && RenewalLine.IsNewer(leaf, before)
                    ? new Renewed(leaf, known.Count + 1, UsedLife.At(before.NotBefore, before.NotAfter, time.GetUtcNow()))
                    : known with { Leaf = leaf };
            }
        }
    }

    /// <summary>The number, and the share of its lifetime that the previous certificate had used at the last renewal.</summary>
    public (long Count, double? At) Of(string identity, Slot slot)
    {
        lock (_gate) return _known.TryGetValue((identity, slot), out var known) ? (known.Count, known.At) : (0, null);
    }

    /// <param name="Leaf">Null while there is none.</param>
    private sealed record Renewed(Certificate? Leaf, long Count, double? At)
    {
        public static readonly Renewed Never = new(null, 0, null);
    }
}
