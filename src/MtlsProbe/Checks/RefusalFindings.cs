using System.Globalization;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Checks;

/// <summary>What makes a refusal that <c>must_reject</c> requires worthless or impossible.</summary>
internal static class RefusalFindings
{
    /// <param name="good">Returns the credential of an identity's slot; null if there is none, or if it is broken.</param>
    public static IEnumerable<Finding> Of(Configuration configuration, Func<string, Slot, Credential?> good, DateTimeOffset now)
    {
        var refusals = configuration.Targets
            .SelectMany(target => target.MustReject, (target, refused) => (Target: target, Refused: refused))
            .Where(refusal => good(refusal.Refused, Slot.Current) is not null)
            .ToList();
        foreach (var group in refusals.GroupBy(refusal => refusal.Refused, refusal => refusal.Target, StringComparer.Ordinal))
        {
            if (Invalid(group.Key, good(group.Key, Slot.Current)!.Leaf, group.Select(target => target.Name).ToList(), now) is { } finding) yield return finding;
        }

        var pairs = refusals.SelectMany(refusal => refusal.Target.Accepted, (refusal, accepted) => (refusal.Target, refusal.Refused, Accepted: accepted));
        foreach (var (target, refused, accepted) in pairs.DistinctBy(pair => (pair.Accepted, pair.Refused)))
        {
            var leaf = good(refused, Slot.Current)!.Leaf;
            foreach (var slot in new[] { Slot.Current, Slot.Next }.Where(slot => good(accepted, slot)?.Leaf == leaf))
            {
                yield return new Finding(false, $"targets.{target.Name}.must_reject",
                    $"{refused} has the same certificate as {slot.Label()} of {accepted}, which this server has to accept (serial {leaf.Serial})",
                    "no server can accept and refuse the same credential: list the old one here when its replacement is in use");
            }
        }
    }

    /// <summary>A refusal should prove that a server does not trust the issuer; an invalid certificate is refused anyway.</summary>
    private static Finding? Invalid(string identity, Certificate leaf, List<string> targets, DateTimeOffset now)
    {
        if (now >= leaf.NotBefore && now <= leaf.NotAfter) return null;
        var state = now < leaf.NotBefore ? $"is not valid before {Times.Minute(leaf.NotBefore)}" : $"expired at {Times.Minute(leaf.NotAfter)}";
        var named = targets.Count == 1 ? targets[0] : string.Create(CultureInfo.InvariantCulture, $"{targets[0]} and {targets.Count - 1:N0} more");
        return new Finding(false, $"identities.{identity}.current",
            $"{leaf} {state}: its refusal by {named} proves nothing about the server's trust store",
            "every server refuses it for its dates; use a valid credential in must_reject");
    }

}
