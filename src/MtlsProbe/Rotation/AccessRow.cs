using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>Who may call one target: every identity that is expected or was probed, the target's own first.</summary>
internal sealed record AccessRow(Target Target, ValueList<AccessPair> Pairs)
{
    /// <param name="target">As configured, with the expectations.</param>
    /// <param name="handshakes">The handshakes of this target in any slot; only credentials in use count.</param>
    /// <param name="shown">The identities in the row; null: all.</param>
    public static AccessRow Of(Target target, IEnumerable<(HandshakeKey Key, ProbeResult? Last)> handshakes, IReadOnlySet<string>? shown = null)
    {
        AccessSight? nowhere = null;
        var sights = new Dictionary<string, List<AccessSight>>(StringComparer.Ordinal);
        List<string> order = [];
        foreach (var (key, last) in handshakes)
        {
            if (key.Slot != Slot.Current) continue;
            if (!sights.TryGetValue(key.Identity, out var own))
            {
                sights[key.Identity] = own = [];
                order.Add(key.Identity);
            }

            own.Add(AccessSight.Of(key.Address, last));
            if (last?.Failure?.Phase == Phase.Dns) nowhere = own[^1];
        }

        // If a name cannot be resolved, only one credential is tried (ProbePlan). As little is known about the others, and no pair is missing.
        var declared = target.Accepted.Concat(target.MustReject).ToHashSet(StringComparer.Ordinal);
        if (nowhere is not null) order.AddRange(declared.Where(identity => sights.TryAdd(identity, [nowhere])));
        return new AccessRow(target, [.. order.Where(identity => shown?.Contains(identity) != false).Select(identity => AccessPair.Of(target, identity, declared.Contains(identity), sights[identity].ToValueList()))]);
    }
}
