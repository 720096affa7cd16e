using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Trust;

/// <summary>
/// The conditions that the certificates of a path set for each other (RFC 5280 §6.1.4): issuers are authorities, paths below them are short enough,
/// names are permitted, and every critical extension is known. They apply to anchors too, as in OpenSSL and Go.
/// </summary>
internal static class Constraints
{
    public static IEnumerable<ChainFault> Faults(CertificatePath path, SearchBounds bounds)
    {
        var below = 0; // intermediates between this certificate and the leaf; self-issued ones do not count
        for (var position = 0; position < path.Certificates.Count; position++)
        {
            var certificate = path.Certificates[position];
            var rules = certificate.Rules;
            foreach (var fault in Extensions(certificate)) yield return fault;
            if (position == 0) continue;

            if (rules.IsCertificateAuthority is not true && !IsOldAnchor(path, position))
                yield return Fault(certificate, "has issued a certificate but is not a CA (by its basic constraints)");
            if (rules.KeyUsage is { } usage && !usage.HasFlag(X509KeyUsageFlags.KeyCertSign))
                yield return Fault(certificate, "has issued a certificate, which its key usage (without keyCertSign) does not allow");
            if (rules.PathLength < below)
                yield return Fault(certificate, $"allows {rules.PathLength} intermediates below it, but there are {below}");
            if (!rules.NameConstraints.IsEmpty)
            {
                foreach (var fault in Names(path, position, bounds)) yield return fault;
            }

            if (!certificate.IsSelfIssued) below++;
        }
    }

    private static IEnumerable<ChainFault> Extensions(Certificate certificate)
    {
        if (certificate.Rules.UnknownCriticalExtensions is { Count: > 0 } unknown)
            yield return Fault(certificate, $"has an unknown critical extension: {unknown.Some()}");
        if (certificate.Rules.MalformedExtensions is { Count: > 0 } malformed)
            yield return Fault(certificate, $"has a malformed extension: {malformed.Some()}");
    }

    /// <summary>Roots from before version 3 cannot be marked as a CA; trusting such a root means trusting it as an authority.</summary>
    private static bool IsOldAnchor(CertificatePath path, int position) =>
        path.End == PathEnd.Anchor && position == path.Certificates.Count - 1 && path.Certificates[position].Rules.Version < 3;

    /// <summary>The names of every certificate below, except self-issued intermediates (RFC 5280 §6.1.3).</summary>
    private static IEnumerable<ChainFault> Names(CertificatePath path, int position, SearchBounds bounds)
    {
        var issuer = path.Certificates[position];
        if (NameConstraints.Read(issuer.Rules, bounds) is not { } constraints)
        {
            yield return Fault(issuer, "has malformed name constraints");
            yield break;
        }

        for (var subject = position - 1; subject >= 0; subject--)
        {
            var certificate = path.Certificates[subject];
            if (subject > 0 && certificate.IsSelfIssued) continue;
            if (constraints.Violations(certificate, bounds) is { Count: > 0 } names)
                yield return Fault(certificate, $"has names that the name constraints of {issuer.Named()} do not allow: {names.Some()}");
        }
    }

    private static ChainFault Fault(Certificate certificate, string what) =>
        new(Reasons.ConstraintViolated, certificate.Subject, $"{certificate.Named()} {what}");
}
