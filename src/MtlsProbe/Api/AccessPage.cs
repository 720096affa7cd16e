using System.Collections.Frozen;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>Selects a part of the matrix. An empty set does not filter.</summary>
/// <param name="Words">Words that must all occur in the shown facts of a target.</param>
internal sealed record AccessQuery(
    ValueList<string> Words, FrozenSet<string> Targets, FrozenSet<string> Identities, ValueList<Label> Labels, FrozenSet<AccessState> States)
{
    public bool Wants(Target target) =>
        (Targets.Count == 0 || Targets.Contains(target.Name)) && Labels.All(label => target.Labels.Contains(label)) && Words.All(word => Mentions(target, word));

    public bool WantsButState(AccessPair pair) => Identities.Count == 0 || Identities.Contains(pair.Identity);

    public bool Wants(AccessPair pair) => WantsButState(pair) && (States.Count == 0 || States.Contains(pair.State));

    private static bool Mentions(Target target, string word)
    {
        bool Has(string text) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
        return Has(target.Name) || Has(target.Address.ToString()) || Has(target.ServerName) || target.Labels.Any(label => Has($"{label.Name}={label.Value}"));
    }
}

/// <summary>One page of the matrix: targets with the identities that have to be accepted or refused there.</summary>
/// <param name="Identities">The identities of the pairs on this page, in the order of the configuration, at most <see cref="MostIdentities"/>.</param>
/// <param name="IdentitiesTotal">The number of identities on this page.</param>
/// <param name="States">Counts of the pairs that pass all filters except the one by state, on all pages.</param>
internal sealed record AccessPage(
    DateTimeOffset Now, string Instance, int Total, int Page, int Limit, AccessCounts States, ValueList<string> Identities, int IdentitiesTotal, IReadOnlyList<AccessLine> Targets)
{
    private const int MostIdentities = 60;

    public static AccessPage Of(FleetView view, string instance, AccessQuery query, Paging paging)
    {
        var rows = view.Access.Where(row => query.Wants(row.Target)).ToList();
        var counts = AccessCounts.Of(rows.SelectMany(row => row.Pairs).Where(query.WantsButState));
        List<AccessRow> chosen = query.Identities.Count == 0 && query.States.Count == 0 ? rows : rows.FindAll(row => row.Pairs.Any(query.Wants));
        List<AccessRow> page = [.. paging.Of(chosen)];
        var found = page.SelectMany(row => row.Pairs).Where(query.Wants).Select(pair => pair.Identity).ToHashSet(StringComparer.Ordinal);
        var identities = view.Snapshot.Identities.Select(identity => identity.Name).Prepend(Identity.None).Where(found.Contains).ToList();
        var columns = identities.Take(MostIdentities).ToFrozenSet(StringComparer.Ordinal);
        return new AccessPage(
            view.Snapshot.At, instance, chosen.Count, paging.Page, paging.Limit, counts, identities.Take(MostIdentities).ToValueList(), identities.Count,
            [.. page.Select(row => AccessLine.Of(row, row.Pairs.Where(pair => query.Wants(pair) && columns.Contains(pair.Identity))))]);
    }
}

/// <summary>One target of the matrix.</summary>
/// <param name="RefusesOthers">Whether the configuration says <c>must_reject: others</c>.</param>
internal sealed record AccessLine(
    string Target, string Address, string ServerName, IReadOnlyDictionary<string, string> Labels, bool RefusesOthers, IReadOnlyList<AccessCell> Pairs)
{
    public static AccessLine Of(AccessRow row, IEnumerable<AccessPair> pairs) => new(
        row.Target.Name, row.Target.Address.ToString(), row.Target.ServerName, TargetFacts.LabelsOf(row.Target), row.Target.MustRejectOthers, [.. pairs.Select(AccessCell.Of)]);
}

/// <summary>One identity at one target.</summary>
/// <param name="Found">The worst result among its addresses; null before the first probe.</param>
/// <param name="Address">An address with this result.</param>
/// <param name="At">When that address was probed.</param>
/// <param name="Accepted">Number of addresses that accept the identity.</param>
internal sealed record AccessCell(
    string Identity, Expectation? Expected, AccessKey? By, Access? Found, AccessState State, string Address, Evidence? Evidence, string? Reason, bool? Requested, DateTimeOffset? At,
    int Accepted, int Rejected, int Unknown)
{
    public static AccessCell Of(AccessPair pair)
    {
        var sight = pair.Addresses.FirstOrDefault(sight => sight.Found == pair.Found) ?? pair.Addresses[0];
        return new AccessCell(
            pair.Identity, pair.Expected, pair.By, pair.Found, pair.State, sight.Address, sight.Evidence, sight.Reason, sight.Requested, sight.At,
            pair.Addresses.Count(one => one.Found == Access.Accepted), pair.Addresses.Count(one => one.Found == Access.Rejected), pair.Addresses.Count(one => one.Found is null or Access.Unknown));
    }
}
