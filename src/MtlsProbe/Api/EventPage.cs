using System.Collections.Frozen;
using MtlsProbe.Feed;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>Selects changes. An empty set does not filter.</summary>
/// <param name="Words">Words that must all occur.</param>
/// <param name="Until">Null: up to the newest.</param>
internal sealed record EventQuery(ValueList<string> Words, FrozenSet<string> Targets, FrozenSet<string> Identities, FrozenSet<EventTopic> Topics, FrozenSet<EventTone> Tones, DateTimeOffset? Until)
{
    /// <summary>The precision of times in the API; anything finer is truncated.</summary>
    private static readonly TimeSpan s_precision = TimeSpan.FromMilliseconds(1);

    public bool Passes(FleetEvent one) =>
        (Targets.Count == 0 || (one.Target is { } target && Targets.Contains(target)))
        && (Identities.Count == 0 || (one.Identity is { } identity && Identities.Contains(identity)))
        && (Topics.Count == 0 || Topics.Contains(one.Topic))
        && (Tones.Count == 0 || Tones.Contains(one.Tone))
        && (Until is null || one.At < Until + s_precision)
        && Words.All(word => Has(one.Text, word) || Has(one.Target, word) || Has(one.Address, word) || Has(one.Identity, word) || Has(one.Serial, word));

    private static bool Has(string? text, string word) => text is not null && text.Contains(word, StringComparison.OrdinalIgnoreCase);
}

/// <summary>One page of the changes, the newest first.</summary>
/// <param name="Oldest">The oldest known change, whatever the filter; null if nothing has changed yet.</param>
/// <param name="Storage">Null if the changes are in memory only, as configured.</param>
internal sealed record EventPage(
    DateTimeOffset Now, string Instance, int Total, int Page, int Limit, DateTimeOffset? Oldest, StorageState? Storage, IReadOnlyList<FleetEvent> Events)
{
    public static EventPage Of(DateTimeOffset now, string instance, IReadOnlyList<FleetEvent> all, StorageState? storage, EventQuery query, Paging paging)
    {
        List<FleetEvent> chosen = [.. all.Where(query.Passes).OrderByDescending(one => one.At).ThenByDescending(one => one.Number)]; // the event of a long probe has the time at which the probe began
        return new EventPage(
            now, instance, chosen.Count, paging.Page, paging.Limit, all.Count > 0 ? all[0].At : null, storage, [.. paging.Of(chosen)]);
    }
}
