using MtlsProbe.Model;

namespace MtlsProbe.Chains;

/// <summary>Every fault of one path.</summary>
internal static class PathFaults
{
    public static List<ChainFault> Of(
        CertificatePath path, ValueList<Certificate> presented, TrustBundle trust, DateTimeOffset now, SearchBounds bounds)
    {
        List<ChainFault> faults = [];
        if (TrustFault(path, presented, trust) is { } untrusted) faults.Add(untrusted);
        foreach (var position in path.Unsigned) faults.Add(Signature(path, position));
        foreach (var certificate in path.Certificates)
        {
            if (Validity.Fault(certificate, now) is { } fault) faults.Add(fault);
        }

        faults.AddRange(Usage.Faults(path));
        faults.AddRange(Constraints.Faults(path, bounds));
        faults.AddRange(Strength.Faults(path));
        return faults;
    }

    /// <summary>Null when the path ends in an anchor.</summary>
    private static ChainFault? TrustFault(CertificatePath path, ValueList<Certificate> presented, TrustBundle trust)
    {
        var last = path.Last;
        var bundle = $"the trust bundle {trust.Name}";
        return path.End switch
        {
            PathEnd.Anchor => null,
            PathEnd.SelfSigned when path.Certificates.Count == 1 =>
                new(Reasons.SelfSigned, last.Subject, $"{last.Named()} signed itself and is not in {bundle}"),
            PathEnd.SelfSigned =>
                new(Reasons.UntrustedIssuer, last.Subject, $"the chain ends in {last.Named()}, which signed itself and is not in {bundle}"),
            PathEnd.Circle =>
                new(Reasons.UntrustedIssuer, last.Subject,
                    $"the chain goes in a circle: {last.Named()} was issued by a certificate below it, and none is in {bundle}"),
            PathEnd.GivenUp =>
                new(Reasons.UntrustedIssuer, last.Subject,
                    $"no way from the server's certificate to {bundle} was found within the bounds of the search"),
            _ when presented[^1] is { IsSelfIssued: true } root && root != last && !trust.Contains(root) =>
                new(Reasons.UntrustedIssuer, last.Subject,
                    $"the chain ends in {root.Named()}, which is not in {bundle}; the issuer of {last.Named()}, {last.Issuer.Clip()}, "
                    + "was not presented"),
            _ => new(Reasons.IncompleteChain, null,
                $"the issuer of {last.Named()}, {last.Issuer.Clip()}, was neither presented nor is it in {bundle}"),
        };
    }

    private static ChainFault Signature(CertificatePath path, int position)
    {
        var certificate = path.Certificates[position];
        var what = position + 1 == path.Certificates.Count
            ? "is its own issuer by name, but its key did not sign it"
            : $"was not signed by the key of {path.Certificates[position + 1].Named()}, which has the name of its issuer";
        return new(Reasons.BadSignature, certificate.Subject, $"{certificate.Named()} {what}");
    }
}
