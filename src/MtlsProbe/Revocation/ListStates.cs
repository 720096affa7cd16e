using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>What is shown of the revocation lists of a trust bundle: a state for each list, and one for each place that has given none.</summary>
internal sealed class ListStates(BundleEvidence bundle, KnownIssuers issuers, DateTimeOffset now)
{
    private readonly List<KnownList> _signed = [.. bundle.Lists.Where(known => known.Problem is null && issuers.Of(known.List.Issuer, bundle).Any(known.IsSignedBy))];

    public ValueList<RevocationListState> All => [.. bundle.Places.SelectMany(Of)];

    private IEnumerable<RevocationListState> Of(HeldPlace place)
    {
        var (lists, problem) = place.State;
        var state = new RevocationListState(bundle.Source.Name, place.Place.Name);
        return lists.Count == 0 ? [state with { Problem = $"{place.Place} {problem}" }] : lists.Select(known => Of(place, known, problem, state));
    }

    private RevocationListState Of(HeldPlace place, KnownList known, string? problem, RevocationListState state)
    {
        var list = known.List;
        var isSigned = _signed.Contains(known);
        var hasIssuer = isSigned || issuers.Of(list.Issuer, bundle).Any();
        var wrong = problem ?? known.Problem ?? Wrong(list, hasIssuer && !isSigned);
        var isUnknown = wrong is null && !hasIssuer;
        if (isUnknown) wrong = $"is a list of {list.IssuerText.Clip()}, of which this trust bundle knows no certificate before a chain to its anchors has one: who signed it cannot be checked yet";
        return state with
        {
            Issuer = list.IssuerText,
            ThisUpdate = list.ThisUpdate,
            NextUpdate = list.NextUpdate,
            Entries = list.Entries.Count,
            Problem = wrong is null ? null : $"{place.Place} {wrong}",
            IssuerIsUnknown = isUnknown,
            IsSigned = isSigned,
            IsDelta = list.DeltaBase is not null,
            IsSuperseded = isSigned && _signed.Exists(other => list.IsOfSameScope(other.List) && list.IsOlderThan(other.List) && !ListEvidence.IsFromFuture(other.List, now)),
        };
    }

    private string? Wrong(RevocationList list, bool isForged) =>
        ListEvidence.IsFromFuture(list, now) ? $"is from the future ({Times.Iso(list.ThisUpdate)})"
        : isForged ? "is not signed by its issuer"
        : list.DeltaBase is not null && !bundle.Lists.Any(other => ListEvidence.Continues(list, other.List)) ? "is a delta list, and the complete list that it goes on from is not at hand: it is left out"
        : null;
}
