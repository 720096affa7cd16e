using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>What is shown of the revocation lists of a trust bundle: a state for each list, and one for each place that has given none.</summary>
internal sealed class ListStates(BundleEvidence bundle, KnownIssuers issuers, DateTimeOffset now)
{
    private readonly ListEvidence _lists = new(bundle.Lists);
    private readonly List<KnownList> _signed = [.. bundle.Lists.Where(known => known.Problem is null && SignerProblem(known, issuers, bundle, new(bundle.Lists), now) is null)];

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
        var wrong = problem ?? known.Problem ?? Wrong(list, hasIssuer && !isSigned ? SignerProblem(known, issuers, bundle, _lists, now) : null);
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

    /// <summary>
    /// Why nobody who may has signed a list, by the rules of <see cref="ListEvidence"/>; null where somebody has. Who signs for an authority has
    /// to be current, and a list of that authority has to say that it is not revoked.
    /// </summary>
    private static string? SignerProblem(KnownList known, KnownIssuers issuers, BundleEvidence bundle, ListEvidence lists, DateTimeOffset now)
    {
        var problem = "is not signed by its issuer";
        var others = bundle.SignersOf(known.List.Issuer);
        foreach (var signer in issuers.Of(known.List.Issuer, bundle).Where(known.IsSignedBy))
        {
            if (!KnownList.MaySign(signer)) problem = $"is signed by {signer.Named()}, whose key usage does not allow it (cRLSign)";
            else if (others.FirstOrDefault(other => other.Certificate == signer) is not { Issuer: var issuer }) return null;
            else if (Validity.Faults(signer, now).FirstOrDefault() is { } fault) problem = $"is signed by a certificate that is not current: {fault.Detail}";
            else if (lists.Look(new RevocationQuestion(signer, issuer, now)) is { Status: not RevocationStatus.Good } finding)
                problem = $"is signed by {signer.Named()}, of which " + (finding.Missing is { } why ? $"nobody says that it is not revoked: {why}" : $"{finding.Place} says that it was revoked");
            else return null;
        }

        return problem;
    }

    /// <param name="forged">Why nobody who may has signed it; null: somebody has.</param>
    private string? Wrong(RevocationList list, string? forged) =>
        ListEvidence.IsFromFuture(list, now) ? $"is from the future ({Times.Iso(list.ThisUpdate)})"
        : forged is not null ? forged
        : list.DeltaBase is not null && !bundle.Lists.Any(other => ListEvidence.Continues(list, other.List)) ? "is a delta list, and the complete list that it goes on from is not at hand: it is left out"
        : null;
}
