using MtlsProbe.Trust;

namespace MtlsProbe.Revocation;

/// <summary>Finds and logs changes at the places of revocation lists since the last call, each once. For one thread at a time.</summary>
internal sealed class EvidenceNews(KnownIssuers issuers, EvidenceLog log, TimeProvider time)
{
    private readonly Dictionary<HeldPlace, HeldState> _told = [];
    private readonly HashSet<KnownList> _ended = [];

    /// <summary>Bytes of lists that were dropped since this was last read.</summary>
    public long LetGo { get; set; }

    /// <summary>The places whose lists have changed since the last call, and those among them that can change the status of a certificate.</summary>
    public (HashSet<HeldPlace> Changed, HashSet<HeldPlace> Others) Look(IReadOnlyList<HeldPlace> places)
    {
        HashSet<HeldPlace> changed = [], others = [];
        foreach (var held in places)
        {
            var state = held.State;
            if (_told.TryGetValue(held, out var before) && before == state) continue;
            Tell(held, before, state);
            _told[held] = state;
            if (before is not null && before.Lists == state.Lists) continue;
            changed.Add(held);
            LetGo += before?.Lists.Except(state.Lists).Sum(known => (long)known.List.Signed.Length) ?? 0;
            if (before is null || !IsSaidAgain(before, state)) others.Add(held);
        }

        foreach (var gone in _told.Keys.Except(places).ToList()) _told.Remove(gone);
        return (changed, others);
    }

    /// <summary>Logs lists that have expired since the last call.</summary>
    public void TellEnded(IReadOnlyList<HeldPlace> places)
    {
        var now = time.GetUtcNow();
        var lists = places.SelectMany(held => held.State.Lists, (held, known) => (held.Place, Known: known)).ToList();
        _ended.IntersectWith(lists.Select(list => list.Known));
        foreach (var (place, known) in lists)
        {
            if (known.List.NextUpdate < now && _ended.Add(known)) log.Ended(place.Name, known.List.IssuerText, known.List.NextUpdate!.Value);
        }
    }

    private void Tell(HeldPlace held, HeldState? before, HeldState state)
    {
        var isUnread = held.Place.IsUrl && held.Due == 0 && state.Lists.Count == 0;
        if (state.Problem is { } problem && before?.Problem != problem && !isUnread) log.Broken(held.Place.Name, problem, state.Lists.Count);
        if (state.Problem is null && before?.Problem is not null && before.Lists == state.Lists) log.Mended(held.Place.Name);
        foreach (var known in state.Lists)
        {
            if (before?.Lists.Contains(known) is not true) log.Loaded(held.Place.Name, known.List.IssuerText, known.List.Entries.Count, known.List.ThisUpdate, known.List.NextUpdate);
        }
    }

    /// <summary>
    /// Whether new lists of a place give the same status for every certificate: the same entries with other dates. An authority issues such a list
    /// every day, and that is no reason to probe a whole fleet at once.
    /// </summary>
    private bool IsSaidAgain(HeldState before, HeldState state)
    {
        var now = time.GetUtcNow();
        return before.Lists.Count == state.Lists.Count && state.Lists.All(list => before.Lists.Any(known =>
            list.List.IsOfSameScope(known.List) && list.List.DeltaBase == known.List.DeltaBase && list.List.Entries.IsSameAs(known.List.Entries)
            && IsInForce(list) && IsInForce(known) && issuers.SignersOf(list) == issuers.SignersOf(known)));

        bool IsInForce(KnownList known) => known.Problem is null && known.List.NextUpdate >= now && !ListEvidence.IsFromFuture(known.List, now);
    }
}
