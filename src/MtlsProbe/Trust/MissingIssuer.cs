using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>
/// A path that stops at a certificate whose issuer was neither presented nor is an anchor: either the server omits an intermediate, or its chain
/// leads to a root that we do not have. The first is reported only if that issuer is known from elsewhere, or if the certificate says where to get
/// it. In the two cases, different people have to fix different files.
/// </summary>
internal sealed class MissingIssuer(IssuerLookup? known, SignatureCache signatures)
{
    /// <summary>Maximum length of a chain of known issuers that are missing.</summary>
    private const int MostSteps = 4;

    /// <summary>Maximum number of known certificates with the same name.</summary>
    private const int MostOfOneName = 8;

    private const string EitherHint =
        "Either the missing issuer is a root that our trust bundle lacks: add it (probe: --ca). Or it is an intermediate that the server does not send: "
        + "put it after the leaf in the server's certificate file and reload it. Ask its issuer which of the two it is, or check that this is the server you mean.";

    public ChainFault Fault(CertificatePath path, ValueList<Certificate> presented, TrustBundle trust, SearchBounds bounds)
    {
        var last = path.Last;
        var steps = Climb(last, trust, bounds);
        if (steps is [{ Certificate.IsSelfIssued: false }, ..]) return Incomplete(last, Seen(steps, trust, bounds), trust);
        if (presented[^1] is { IsSelfIssued: true } root && root != last && !trust.Contains(root))
            return new(Reasons.UntrustedIssuer, last.Subject,
                $"the chain ends in {root.Named()}, which is not in the trust bundle {trust.Name}; the issuer of {last.Named()}, {last.Issuer.Clip()}, was not presented");
        if (path.Certificates.Count > 1 || steps.Count > 0)
            return new(Reasons.UntrustedIssuer, last.Subject,
                Stops(last, trust) + (steps.Count > 0 ? $"; it is known ({Place(steps[0])})" : "")) { StopsAt = steps.Count == 0 ? last : null };
        if (presented.FirstOrDefault(trust.Contains) is { } anchor)
            return Incomplete(last, $"it is not the anchor {anchor.Named()}, which the server does send", trust) with { StopsAt = last };
        if (last.Rules.IssuerUri is { } uri) return Incomplete(last, $"the certificate names a place to get it: {uri.Clip()}", trust) with { StopsAt = last };
        return new(Reasons.UntrustedIssuer, null,
            $"{Stops(last, trust)}; that issuer was not presented, and MtlsProbe does not know it from elsewhere: it is a root that the bundle lacks, or an intermediate that the server does not send")
        {
            Hint = EitherHint,
            StopsAt = last,
        };
    }

    private static ChainFault Incomplete(Certificate last, string more, TrustBundle trust) => new(Reasons.IncompleteChain, null,
        $"the issuer of {last.Named()}, {last.Issuer.Clip()}, was neither presented nor is it in the trust bundle {trust.Name}; {more}");

    private static string Stops(Certificate last, TrustBundle trust) =>
        $"the chain stops at {(last.Subject.Length > 0 ? last.Subject.Clip() : last.Named())}, whose issuer {last.Issuer.Clip()} is not in the bundle {trust.Name}";

    private string Seen(List<KnownIssuer> steps, TrustBundle trust, SearchBounds bounds)
    {
        var intermediates = steps.TakeWhile(step => !step.Certificate.IsSelfIssued).ToList();
        var top = intermediates[^1].Certificate;
        var seen = $"it is known ({Place(intermediates[0])})" + string.Concat(intermediates.Skip(1).Select(step => $", and so is its issuer, {step.Certificate.Subject.Clip()} ({Place(step)})"));
        return Anchored(top, trust, bounds) ? seen : $"{seen}, but even with it {Stops(top, trust)}";
    }

    private static string Place(KnownIssuer issuer) => $"serial {issuer.Certificate.Serial}, {issuer.Place}";

    /// <summary>The known issuers from <paramref name="certificate"/> towards the bundle, as far as they are known.</summary>
    private List<KnownIssuer> Climb(Certificate certificate, TrustBundle trust, SearchBounds bounds)
    {
        List<KnownIssuer> steps = [];
        while (steps.Count < MostSteps && Signer(certificate, trust, bounds) is { } signer)
        {
            steps.Add(signer);
            certificate = signer.Certificate;
            if (certificate.IsSelfIssued || Anchored(certificate, trust, bounds)) break;
        }

        return steps;
    }

    /// <summary>Prefers an intermediate to a root with the same name and key, because a server can send it.</summary>
    private KnownIssuer? Signer(Certificate certificate, TrustBundle trust, SearchBounds bounds)
    {
        KnownIssuer? root = null;
        foreach (var issuer in known?.Invoke(certificate, trust).Take(MostOfOneName) ?? [])
        {
            if (!bounds.TakeKnown(SignatureCost.Of(issuer.Certificate))) break;
            if (!signatures.IsSignedBy(certificate, issuer.Certificate)) continue;
            if (!issuer.Certificate.IsSelfIssued) return issuer;
            root = issuer;
        }

        return root;
    }

    private bool Anchored(Certificate certificate, TrustBundle trust, SearchBounds bounds) =>
        trust.IssuersOf(certificate).Any(anchor => bounds.TakeKnown(SignatureCost.Of(anchor)) && signatures.IsSignedBy(certificate, anchor));
}
