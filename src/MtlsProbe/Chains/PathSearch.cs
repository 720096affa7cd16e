using MtlsProbe.Model;

namespace MtlsProbe.Chains;

/// <summary>
/// Finds every path from the leaf through the presented certificates to an anchor, depth first with backtracking, the likeliest
/// issuer first. Presented certificates are hostile input: see <see cref="SearchBounds"/>.
/// </summary>
internal sealed class PathSearch
{
    /// <summary>Octets of a SubjectPublicKeyInfo beside an RSA modulus: 38 with the usual exponent, 65537.</summary>
    private const int MaxAroundModulus = 64;

    private readonly ValueList<Certificate> _presented;
    private readonly TrustBundle _trust;
    private readonly SignatureCache _signatures;
    private readonly SearchBounds _bounds;

    /// <param name="presented">Each once, leaf first.</param>
    /// <param name="trust">The anchors.</param>
    /// <param name="signatures">Results of earlier checks.</param>
    /// <param name="bounds">What the search may cost.</param>
    public PathSearch(ValueList<Certificate> presented, TrustBundle trust, SignatureCache signatures, SearchBounds bounds) =>
        (_presented, _trust, _signatures, _bounds) = (presented, trust, signatures, bounds);

    /// <summary>Calls <paramref name="isGoodEnough"/> with each path, one at least, until it returns true.</summary>
    public void Run(Func<CertificatePath, bool> isGoodEnough) => Extend([_presented[0]], [], isGoodEnough);

    /// <summary>
    /// Goes on from the last certificate of the path through every issuer that signed it. Where none of that name did, the search goes on
    /// through the likeliest, so that the faults further up are found too.
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
        if (issuers.Count > 0 && path.Count == SearchBounds.MaxLength) return End(PathEnd.GivenUp);
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

        return End(path.Take(path.Count - 1).Any(below => IsNamedIssuerOf(last, below)) ? PathEnd.Circle : PathEnd.IssuerMissing);
    }

    /// <summary>Null when there is no check left.</summary>
    private bool? TrySignature(Certificate certificate, Certificate issuer) =>
        _bounds.TakeSignature(Weight(issuer.Rules)) ? _signatures.IsSignedBy(certificate, issuer) : null;

    /// <summary>Odd keys (huge moduli, long exponents, curves without fast code) can take a hundred times as long as usual ones.</summary>
    private static int Weight(CertificateRules issuer) => issuer.PublicKey switch
    {
        { RsaBits: <= 4096 and var bits } => issuer.PublicKeyInfo.Length <= (bits / 8) + MaxAroundModulus ? 1 : 10,
        { EcBits: <= 384 } => 1,
        _ => 10,
    };

    /// <summary>
    /// Anchors and presented certificates with the name of the issuer. Key identifiers only sort: they are often missing and
    /// sometimes wrong, and the signature decides. A name and key that the path has already would make it a circle.
    /// </summary>
    private List<Certificate> IssuersOf(Certificate certificate, ValueList<Certificate> path)
    {
        List<Certificate> issuers = [.. _trust.IssuersOf(certificate)];
        foreach (var candidate in _presented)
        {
            if (IsNamedIssuerOf(certificate, candidate) && !issuers.Contains(candidate)) issuers.Add(candidate);
        }

        issuers.RemoveAll(issuer => path.Any(seen => IsSameAuthority(seen, issuer)));
        return issuers.Count < 2 ? issuers : [.. issuers.OrderBy(issuer => HasOtherKeyIdentifier(certificate, issuer))];
    }

    private static bool IsNamedIssuerOf(Certificate certificate, Certificate candidate) =>
        candidate.Rules.SubjectName.Span.SequenceEqual(certificate.Rules.IssuerName.Span);

    private static bool IsSameAuthority(Certificate one, Certificate other) =>
        one.Rules.SubjectName.Span.SequenceEqual(other.Rules.SubjectName.Span)
        && one.Rules.PublicKeyInfo.Span.SequenceEqual(other.Rules.PublicKeyInfo.Span);

    /// <summary>Subject and issuer have one name, and the key identifiers do not speak against it.</summary>
    private static bool LooksSelfSigned(Certificate certificate) =>
        certificate.IsSelfIssued && !HasOtherKeyIdentifier(certificate, certificate);

    private static bool HasOtherKeyIdentifier(Certificate certificate, Certificate issuer) =>
        certificate.Rules.AuthorityKeyIdentifier is { IsEmpty: false } wanted
        && issuer.Rules.SubjectKeyIdentifier is { IsEmpty: false } has
        && !wanted.Span.SequenceEqual(has.Span);
}
