using System.Collections.Frozen;
using MtlsProbe.Feed;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>Selects changes. An empty set does not filter.</summary>
/// <param name="Words">Words that must all occur.</param>
/// <param name="Until">Null: to the newest.</param>
internal sealed record EventQuery(ValueList<string> Words, FrozenSet<string> Targets, FrozenSet<string> Identities, FrozenSet<EventTopic> Topics, FrozenSet<EventTone> Tones, DateTimeOffset? Until)
{
    /// <summary>Of the times that the API gives, which leave out what is finer.</summary>
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

/// <summary>One page of what changed, the newest first.</summary>
/// <param name="Oldest">The oldest that is known, whatever the filter; null where nothing has changed yet.</param>
/// <param name="Storage">Null where the changes are in memory only, as configured.</param>
internal sealed record EventPage(
    DateTimeOffset Now, string Instance, int Total, int Page, int Limit, DateTimeOffset? Oldest, StorageState? Storage, IReadOnlyList<FleetEvent> Events)
{
    public static EventPage Of(DateTimeOffset now, string instance, IReadOnlyList<FleetEvent> all, StorageState? storage, EventQuery query, Paging paging)
    {
        List<FleetEvent> chosen = [.. all.Where(query.Passes).OrderByDescending(one => one.At).ThenByDescending(one => one.Number)]; // a probe that took long tells of its beginning
        return new EventPage(
            now, instance, chosen.Count, paging.Page, paging.Limit, all.Count > 0 ? all[0].At : null, storage, [.. paging.Of(chosen)]);
    }
}
