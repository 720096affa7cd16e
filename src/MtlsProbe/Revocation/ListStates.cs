using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>What is shown of the revocation lists of a trust bundle: a state for each list, and one for each place that has not delivered one.</summary>
internal sealed class ListStates
{
    private readonly BundleEvidence _bundle;
    private readonly KnownIssuers _issuers;
    private readonly DateTimeOffset _now;
    private readonly List<(HeldPlace Place, HeldState State)> _places;
    private readonly ValueList<KnownList> _lists;
    private readonly Dictionary<KnownList, string?> _forged; // for each usable list: why no allowed signer has signed it
    private readonly List<KnownList> _signed;

    public ListStates(BundleEvidence bundle, KnownIssuers issuers, DateTimeOffset now)
    {
        (_bundle, _issuers, _now) = (bundle, issuers, now);
        _places = [.. bundle.Places.Select(place => (place, place.State))];
        _lists = _places.SelectMany(place => place.State.Lists).ToValueList();
        var evidence = new ListEvidence(_lists);
        _forged = _lists.Where(known => known.Problem is null).ToDictionary(known => known, known => SignerProblem(known, evidence));
        _signed = [.. _lists.Where(IsSigned)];
    }

    public ValueList<RevocationListState> All => [.. _places.SelectMany(place => Of(place.Place, place.State))];

    private bool IsSigned(KnownList known) => _forged.TryGetValue(known, out var problem) && problem is null;

    private IEnumerable<RevocationListState> Of(HeldPlace place, HeldState held)
    {
        var (lists, problem) = held;
        var state = new RevocationListState(_bundle.Source.Name, place.Place.Name);
        return lists.Count == 0 ? [state with { Problem = $"{place.Place} {problem}" }] : lists.Select(known => Of(place, known, problem, state));
    }

    private RevocationListState Of(HeldPlace place, KnownList known, string? problem, RevocationListState state)
    {
        var list = known.List;
        var isSigned = IsSigned(known);
        var hasIssuer = isSigned || _issuers.Of(list.Issuer, _bundle).Any();
        var wrong = problem ?? known.Problem ?? Wrong(list, hasIssuer ? _forged[known] : null);
        var isUnknown = wrong is null && !hasIssuer;
        if (isUnknown) wrong = $"is a list of {list.IssuerText.Clip()}, whose certificate is not known: the signature cannot be checked until a chain to an anchor of this trust bundle contains it";
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
            IsSuperseded = isSigned && _signed.Exists(other => list.IsOfSameScope(other.List) && list.IsOlderThan(other.List) && !ListEvidence.IsFromFuture(other.List, _now)),
        };
    }

    /// <summary>
    /// Why no allowed signer has signed a list, by the rules of <see cref="ListEvidence"/>; null if one has. A signer that acts for an authority must
    /// be valid now, and a list of that authority must show that it is not revoked.
    /// </summary>
    private string? SignerProblem(KnownList known, ListEvidence lists)
    {
        var problem = "is not signed by its issuer";
        var others = _bundle.SignersOf(known.List.Issuer);
        foreach (var signer in _issuers.Of(known.List.Issuer, _bundle).Where(known.IsSignedBy))
        {
            if (!KnownList.MaySign(signer)) problem = $"is signed by {signer.Named()}, whose key usage does not allow it (cRLSign)";
            else if (others.FirstOrDefault(other => other.Certificate == signer) is not { Issuer: var issuer }) return null;
            else if (Validity.Faults(signer, _now).FirstOrDefault() is { } fault) problem = $"is signed by a certificate that is not current: {fault.Detail}";
            else if (lists.Look(new RevocationQuestion(signer, issuer, _now)) is { Status: not RevocationStatus.Good } finding)
                problem = $"is signed by {signer.Named()}, " + (finding.Missing is { } why ? $"whose revocation status is not known: {why}" : $"which was revoked according to {finding.Place}");
            else return null;
        }

        return problem;
    }

    /// <param name="forged">Why no allowed signer has signed it; null: one has.</param>
    private string? Wrong(RevocationList list, string? forged) =>
        ListEvidence.IsFromFuture(list, _now) ? $"is from the future ({Times.Iso(list.ThisUpdate)})"
        : forged is not null ? forged
        : list.DeltaBase is not null && !_lists.Any(other => ListEvidence.Continues(list, other.List)) ? "is a delta list, and the complete list that it is based on is missing: it is ignored"
        : null;
}
