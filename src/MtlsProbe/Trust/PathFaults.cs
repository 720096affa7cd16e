using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>Every fault of one path.</summary>
internal static class PathFaults
{
    /// <param name="missing">Judges a path whose last issuer is missing.</param>
    public static List<ChainFault> Of(
        CertificatePath path, ValueList<Certificate> presented, TrustBundle trust, DateTimeOffset now, SearchBounds bounds, MissingIssuer missing)
    {
        List<ChainFault> faults = [];
        if (path.End == PathEnd.IssuerMissing) faults.Add(missing.Fault(path, presented, trust, bounds));
        else if (TrustFault(path, trust) is { } untrusted) faults.Add(untrusted);
        foreach (var position in path.Unsigned) faults.Add(Signature(path, position));
        foreach (var certificate in path.Certificates) faults.AddRange(Validity.Faults(certificate, now));
        faults.AddRange(Usage.Faults(path));
        faults.AddRange(Constraints.Faults(path, bounds));
        faults.AddRange(Strength.Faults(path));
        return faults;
    }

    /// <summary>Null if the path ends in an anchor.</summary>
    private static ChainFault? TrustFault(CertificatePath path, TrustBundle trust)
    {
        var last = path.Last;
        var bundle = $"the trust bundle {trust.Name}";
        return path.End switch
        {
            PathEnd.Anchor => null,
            PathEnd.SelfSigned when path.Certificates.Count == 1 =>
                new(Reasons.SelfSigned, last.Subject, $"{last.Named()} is self-signed and is not in {bundle}"),
            PathEnd.SelfSigned =>
                new(Reasons.UntrustedIssuer, last.Subject, $"the chain ends in {last.Named()}, which is self-signed and is not in {bundle}"),
            PathEnd.Circle =>
                new(Reasons.UntrustedIssuer, last.Subject,
                    $"the chain is circular: {last.Named()} was issued by a certificate below it, and none of them is in {bundle}"),
            _ =>
                new(Reasons.UntrustedIssuer, last.Subject,
                    $"no path from the server's certificate to {bundle} was found within the limits of the search"),
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
