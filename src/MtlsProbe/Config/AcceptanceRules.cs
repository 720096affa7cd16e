using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Config;

/// <summary>The rules of <c>accepts</c>: what it names is there, once, and is neither the target's own identity nor one that it has to refuse.</summary>
internal sealed class AcceptanceRules(IReadOnlySet<string> identities, ErrorList errors)
{
    private const string BothWays = "no server can accept and refuse the same credential: remove it from one of the two";

    /// <summary>The checks of a single draft; for the defaults as well as each target.</summary>
    public void CheckAlone(TargetDraft draft)
    {
        if (draft.Of(TargetKeys.Accepts) is null) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, at, where) in Entries(draft))
        {
            if (!seen.Add(name)) errors.Add(at, where, $"\"{name}\" is named twice", "remove one of them");
            else if (!identities.Contains(name))
                errors.Add(at, where, $"there is no identity \"{name}\"", Spelling.DidYouMean(name, identities) ?? "define it under identities");
        }
    }

    /// <summary>Checks a target with its defaults merged in. The key to blame is the target's own, if one of those concerned is.</summary>
    /// <param name="own">Without the defaults.</param>
    public void CheckMerged(TargetDraft own, TargetDraft merged)
    {
        if (merged.Of(TargetKeys.Accepts) is null || merged.Of(TargetKeys.Identity) is { Valid: false }) return;
        var identity = merged.Of(TargetKeys.Identity)?.Value ?? Identity.None;
        var isOwn = own.Of(TargetKeys.Accepts) is not null;
        Dictionary<string, (YamlNode At, string Where)> refused = [];
        foreach (var (name, at, where) in RefusalRules.Entries(merged)) refused.TryAdd(name, (at, where));
        foreach (var (name, at, where) in Entries(merged))
        {
            if (name == identity)
            {
                var (node, place) = !isOwn && own.Of(TargetKeys.Identity) is { } chosen ? (chosen.At, chosen.Where) : (at, where);
                errors.Add(node, place, isOwn ? $"\"{name}\" is the identity of this target already" : $"accepts of the defaults names \"{name}\" already",
                    isOwn ? "accepts lists additional identities: remove it" : "accepts: [] or another list replaces that of the defaults");
            }
            else if (refused.TryGetValue(name, out var refusal))
            {
                var isRefusalOwn = !isOwn && own.Of(TargetKeys.MustReject) is not null;
                errors.Add(isRefusalOwn ? refusal.At : at, isRefusalOwn ? refusal.Where : where, $"\"{name}\" is in accepts and in must_reject", BothWays);
            }
        }
    }

    /// <summary>Nothing if an entry is wrong by itself.</summary>
    private static IEnumerable<(string Name, YamlNode At, string Where)> Entries(TargetDraft draft) =>
        draft.Of(TargetKeys.Accepts) is { Valid: true, At: YamlSequence list } setting
            ? setting.Value.Select((name, index) => (name, list.Items[index], $"{setting.Where}[{index}]"))
            : [];
}
