using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Config;

/// <summary>The rules of <c>must_reject</c>: what it names is there, once, and is not what the target has to accept.</summary>
internal sealed class RefusalRules(IReadOnlySet<string> identities, ErrorList errors)
{
    private const string BothWays = "no server can accept and refuse the same credential";

    /// <summary>The checks of a single draft; for the defaults as well as each target.</summary>
    public void CheckAlone(TargetDraft draft)
    {
        if (draft.Of(TargetKeys.MustReject) is null) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, at, where) in Entries(draft))
        {
            if (!seen.Add(name)) errors.Add(at, where, $"\"{name}\" is named twice", "remove one of them");
            else if (!identities.Contains(name))
                errors.Add(at, where, $"there is no identity \"{name}\"", name == Refusals.Others ? "write must_reject: others, without brackets" : Spelling.DidYouMean(name, identities) ?? "define it under identities");
        }
    }

    /// <summary>Checks a target with its defaults merged in. The key to blame is the target's own, if one of the two is.</summary>
    /// <param name="own">Without the defaults.</param>
    public void CheckMerged(TargetDraft own, TargetDraft merged)
    {
        if (merged.Of(TargetKeys.MustReject) is not { } refusals || merged.Of(TargetKeys.Identity) is { Valid: false }) return;
        if (merged.Of(TargetKeys.Identity) is null && own.Here is { IsIntelligible: false }) return; // the unknown key may be the identity, misspelt
        var identity = merged.Of(TargetKeys.Identity)?.Value ?? Identity.None;
        if (refusals is { Valid: true, Value.AreOthers: true }) CheckOthers(own, refusals, identity, merged.Of(TargetKeys.Accepts) is null or { Value.Count: 0 });
        foreach (var (name, at, where) in Entries(merged).Where(entry => entry.Name == identity))
        {
            if (own.Of(TargetKeys.MustReject) is not null || (own.Of(TargetKeys.Identity) is null && merged.Of(TargetKeys.Identity) is not null))
            {
                errors.Add(at, where, $"\"{name}\" is the identity that {(own.Of(TargetKeys.MustReject) is null ? "targets are" : "this target is")} probed with",
                    name == Identity.None ? "give it an identity that it has to accept" : $"{BothWays}; an old one can be an identity of its own");
            }
            else if (own.Of(TargetKeys.Identity) is { } chosen)
            {
                errors.Add(chosen.At, chosen.Where, $"must_reject of the defaults names \"{name}\"", BothWays + "; must_reject: [] or another list replaces that of the defaults");
            }
            else if (own.Here is { } target)
            {
                errors.Add(target.At, target.Where, "has no identity, and must_reject of the defaults names \"none\"",
                    "give it an identity that it has to accept, or must_reject: []");
            }
        }
    }

    /// <summary>
    /// A server that must accept no identity would have to refuse all of them: this is not a rule for a server, but a target whose identity is
    /// missing.
    /// </summary>
    private void CheckOthers(TargetDraft own, Setting<Refusals> refusals, string identity, bool acceptsNobodyElse)
    {
        if (identity != Identity.None || !acceptsNobodyElse) return;
        if (own.Of(TargetKeys.MustReject) is not null)
            errors.Add(refusals.At, refusals.Where, "\"others\" needs an identity to compare with, and this target has none", "give it an identity that it has to accept, or accepts");
        else if (own.Here is { } target)
            errors.Add(target.At, target.Where, "has no identity, and must_reject of the defaults is \"others\"", "give it an identity that it has to accept, or must_reject: []");
    }

    /// <summary>Nothing if an entry is wrong by itself.</summary>
    public static IEnumerable<(string Name, YamlNode At, string Where)> Entries(TargetDraft draft) =>
        draft.Of(TargetKeys.MustReject) is { Valid: true, At: YamlSequence list, Value: { } refusals } setting
            ? refusals.Named.Select((name, index) => (name, list.Items[index], $"{setting.Where}[{index}]"))
            : [];
}
