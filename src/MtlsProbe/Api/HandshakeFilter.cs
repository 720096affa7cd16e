using System.Collections.Frozen;
using MtlsProbe.Model;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>Selects handshakes. An empty set does not filter; the values in a set are alternatives, and all sets must match.</summary>
internal sealed record HandshakeFilter
{
    public static readonly HandshakeFilter None = new();

    /// <summary>Words that must all occur.</summary>
    public ValueList<string> Words { get; init; } = [];

    public FrozenSet<string> Targets { get; init; } = [];

    public FrozenSet<string> Addresses { get; init; } = [];

    public FrozenSet<string> Identities { get; init; } = [];

    public Slot? Slot { get; init; }

    public Expectation? Expect { get; init; }

    public FrozenSet<Condition> Conditions { get; init; } = [];

    public FrozenSet<FailureClass> Classes { get; init; } = [];

    public FrozenSet<string> Reasons { get; init; } = [];

    /// <summary>Labels that must all be present.</summary>
    public ValueList<Label> Labels { get; init; } = [];

    /// <summary>Whether it passes all filters except <see cref="Conditions"/>.</summary>
    public bool PassesButCondition(HandshakeEntry entry) =>
        Allows(Targets, entry.Key.Target) && Allows(Addresses, entry.Key.Address) && Allows(Identities, entry.Key.Identity)
        && (Slot is null || Slot == entry.Key.Slot) && (Expect is null || Expect == entry.Key.Expect)
        && (Classes.Count == 0 || (entry.Last?.Failure is { } failure && Classes.Contains(failure.Class)))
        && (Reasons.Count == 0 || (entry.Last?.Failure is { } known && Reasons.Contains(known.Reason.Label)))
        && HasLabels(entry.State.Target) && MentionsWords(entry);

    public bool Passes(HandshakeEntry entry) => (Conditions.Count == 0 || Conditions.Contains(entry.Condition)) && PassesButCondition(entry);

    /// <summary>Whether a target without planned handshakes matches all filters except <see cref="Conditions"/>.</summary>
    public bool PassesWithout(Target target) =>
        Allows(Targets, target.Name) && Addresses.Count == 0 && Allows(Identities, target.Identity) && Slot is null && Expect is null
        && Classes.Count == 0 && Reasons.Count == 0 && HasLabels(target)
        && Words.All(word => target.Name.Contains(word, StringComparison.OrdinalIgnoreCase) || target.ServerName.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static bool Allows(FrozenSet<string> wanted, string value) => wanted.Count == 0 || wanted.Contains(value);

    private bool HasLabels(Target target)
    {
        foreach (var label in Labels)
        {
            if (!target.Labels.Contains(label)) return false;
        }

        return true;
    }

    private bool MentionsWords(HandshakeEntry entry)
    {
        foreach (var word in Words)
        {
            if (!entry.Mentions(word)) return false;
        }

        return true;
    }
}
