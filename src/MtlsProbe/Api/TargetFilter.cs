using System.Collections.Frozen;
using MtlsProbe.Model;

namespace MtlsProbe.Api;

/// <summary>Selects targets: those with a matching handshake, in one of these states, with one of these expiry levels, in this group.</summary>
/// <param name="Handshakes">Its conditions apply to the target; everything else must match one handshake of it.</param>
/// <param name="Expiring">Empty: all.</param>
/// <param name="Group">Null: all.</param>
internal sealed record TargetFilter(HandshakeFilter Handshakes, FrozenSet<ExpiryLevel> Expiring, TargetGroup? Group)
{
    public static readonly TargetFilter None = new(HandshakeFilter.None, [], null);

    /// <summary>Whether it passes all filters except the one by state.</summary>
    public bool PassesButState(TargetEntry entry) =>
        (Expiring.Count == 0 || (entry.Expiring is { } level && Expiring.Contains(level)))
        && (Group is null || Group.Has(entry))
        && HasHandshake(entry);

    public bool Passes(TargetEntry entry) => HasState(entry) && PassesButState(entry);

    public bool HasState(TargetEntry entry) => Handshakes.Conditions.Count == 0 || Handshakes.Conditions.Contains(entry.Condition);

    private bool HasHandshake(TargetEntry entry)
    {
        // A target whose addresses are not known yet has no handshakes, but is still listed.
        if (entry.Handshakes.Count == 0) return Handshakes.PassesWithout(entry.Target);
        for (var i = 0; i < entry.Handshakes.Count; i++)
        {
            if (Handshakes.PassesButCondition(entry.Handshakes[i])) return true;
        }

        return false;
    }
}

/// <summary>The property by which targets are grouped.</summary>
/// <param name="Label">The name of a label; null for <paramref name="Column"/>.</param>
/// <param name="Column"><c>reason</c> or <c>identity</c>.</param>
internal sealed record TargetGrouping(string Column, string? Label)
{
    public const string Reason = "reason";
    public const string Identity = "identity";

    private const string LabelPrefix = "label:";

    public static TargetGrouping ByReason { get; } = new(Reason, null);

    /// <summary>Null if the text is invalid.</summary>
    public static TargetGrouping? Of(string text) => text switch
    {
        Reason or Identity => new(text, null),
        _ when text.StartsWith(LabelPrefix, StringComparison.Ordinal) && text.Length > LabelPrefix.Length => new("label", text[LabelPrefix.Length..]),
        _ => null,
    };

    /// <summary>
    /// The common property of the targets in a group: a reason with its class, or a state if nothing is wrong; a name; or a label value, empty if the
    /// target has no such label.
    /// </summary>
    public string KeyOf(TargetEntry entry) => Column switch
    {
        Reason => entry.Leading?.Last?.Failure is { } failure ? $"{failure.Class.Label()}/{failure.Reason.Label}" : entry.Condition.Label(),
        Identity => entry.Target.Identity,
        _ => entry.Target.Labels.FirstOrDefault(label => label.Name == Label).Value ?? "",
    };
}

/// <summary>One group.</summary>
internal sealed record TargetGroup(TargetGrouping Grouping, string Key)
{
    public bool Has(TargetEntry entry) => Grouping.KeyOf(entry) == Key;
}
