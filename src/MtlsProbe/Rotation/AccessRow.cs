using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>Who may call one target: every identity of which something is expected or was asked, the target's own first.</summary>
internal sealed record AccessRow(Target Target, ValueList<AccessPair> Pairs)
{
    /// <param name="target">As configured: it says what is expected.</param>
    /// <param name="handshakes">Of this target, whatever their slot; only credentials in use count, since the next one is nobody's yet.</param>
    public static AccessRow Of(Target target, IEnumerable<(HandshakeKey Key, ProbeResult? Last)> handshakes)
    {
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
        }

        var declared = target.Accepted.Concat(target.MustReject).ToHashSet(StringComparer.Ordinal);
        return new AccessRow(target, [.. order.Select(identity => AccessPair.Of(target, identity, declared.Contains(identity), sights[identity].ToValueList()))]);
    }
}
