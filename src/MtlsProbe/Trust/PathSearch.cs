using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>
/// Finds every path from the leaf through the presented certificates to an anchor, depth first with backtracking, the most likely issuer first.
/// Presented certificates are hostile input: see <see cref="SearchBounds"/>.
/// </summary>
internal sealed class PathSearch
{
    private readonly ValueList<Certificate> _presented;
    private readonly TrustBundle _trust;
    private readonly SignatureCache _signatures;
    private readonly SearchBounds _bounds;

    /// <param name="presented">Each once, leaf first.</param>
    /// <param name="trust">The anchors.</param>
    /// <param name="signatures">Results of earlier checks.</param>
    /// <param name="bounds">The limits of the search.</param>
    public PathSearch(ValueList<Certificate> presented, TrustBundle trust, SignatureCache signatures, SearchBounds bounds) =>
        (_presented, _trust, _signatures, _bounds) = (presented, trust, signatures, bounds);

    /// <summary>Calls <paramref name="isGoodEnough"/> with each path, at least one, until it returns true.</summary>
    public void Run(Func<CertificatePath, bool> isGoodEnough) => Extend([_presented[0]], [], isGoodEnough);

    /// <summary>
    /// Continues from the last certificate of the path through every issuer that signed it. If none with that name did, the search continues through
    /// the most likely one, to find faults further up too.
    /// </summary>
    /// <returns>True to stop the search.</returns>
    private bool Extend(ValueList<Certificate> path, ValueList<int> unsigned, Func<CertificatePath, bool> isGoodEnough)
    {
        bool End(PathEnd end) => isGoodEnough(new CertificatePath(path, end, unsigned)) || !_bounds.TakePath();

        var last = path[^1];
        if (_trust.Contains(last)) return End(PathEnd.Anchor);
        if (last.IsSelfIssued)
        {
            if (TrySignature(last, last) is not { } signedItself) return End(PathEnd.GivenUp);
            if (signedItself) return End(PathEnd.SelfSigned);
        }

        var issuers = IssuersOf(last, path);
        var isSigned = false;
        foreach (var issuer in issuers)
        {
            if (TrySignature(last, issuer) is not { } signed) return isSigned || End(PathEnd.GivenUp);
            isSigned |= signed;
            if (signed && Extend([.. path, issuer], unsigned, isGoodEnough)) return true;
        }

        if (isSigned) return false;
        if (issuers.Count > 0) return Extend([.. path, issuers[0]], [.. unsigned, path.Count - 1], isGoodEnough);
        if (LooksSelfSigned(last))
        {
            unsigned = [.. unsigned, path.Count - 1];
            return End(PathEnd.SelfSigned);
        }

        return End(path.Take(path.Count - 1).Any(last.HasIssuerName) ? PathEnd.Circle : PathEnd.IssuerMissing);
    }

    /// <summary>Null if no more signatures may be checked.</summary>
    private bool? TrySignature(Certificate certificate, Certificate issuer) =>
        _bounds.TakeSignature(SignatureCost.Of(issuer)) ? _signatures.IsSignedBy(certificate, issuer) : null;

    /// <summary>
    /// Anchors and presented certificates that have the name of the issuer. Key identifiers are only used for sorting: they are often missing and
    /// sometimes wrong, and the signature decides. A certificate whose name and key are already in the path would make it circular.
    /// </summary>
    private List<Certificate> IssuersOf(Certificate certificate, ValueList<Certificate> path)
    {
        List<Certificate> issuers = [.. _trust.IssuersOf(certificate)];
        foreach (var candidate in _presented)
        {
            if (certificate.HasIssuerName(candidate) && !issuers.Contains(candidate)) issuers.Add(candidate);
        }

        issuers.RemoveAll(issuer => path.Any(seen => seen.IsSameAuthority(issuer)));
        return issuers.Count < 2 ? issuers : [.. issuers.OrderBy(issuer => HasOtherKeyIdentifier(certificate, issuer))];
    }

    /// <summary>Subject and issuer have the same name, and the key identifiers do not contradict.</summary>
    private static bool LooksSelfSigned(Certificate certificate) =>
        certificate.IsSelfIssued && !HasOtherKeyIdentifier(certificate, certificate);

    private static bool HasOtherKeyIdentifier(Certificate certificate, Certificate issuer) =>
        certificate.Rules.AuthorityKeyIdentifier is { IsEmpty: false } wanted
        && issuer.Rules.SubjectKeyIdentifier is { IsEmpty: false } has
        && !wanted.Span.SequenceEqual(has.Span);
}
