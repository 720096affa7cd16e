using MtlsProbe.Certificates;
using MtlsProbe.OpenSsl;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>
/// The certificates of one file, sorted by whether they belong to the chain of the leaf: its issuers, their issuers, and so on, including
/// cross-signed ones.
/// </summary>
/// <param name="Chain">The leaf, then its issuers, in an order in which each certifies the previous one if possible; each once.</param>
/// <param name="Strangers">The others, in the order of the file; each once.</param>
internal sealed record ChainParts(ValueList<Certificate> Chain, ValueList<Certificate> Strangers)
{
    /// <summary>If more certificates than this could have made a signature, none is checked: such a file makes no sense.</summary>
    private const int MostTried = 32;

    public static ChainParts Of(Certificate leaf, IEnumerable<Certificate> others)
    {
        List<Certificate> chain = [leaf];
        List<Certificate> rest = [.. others.Where(other => other != leaf).Distinct()];
        for (var certified = 0; certified < chain.Count; certified++)
        {
            var issuers = Issuers(chain[certified], rest);
            chain.AddRange(issuers);
            rest.RemoveAll(issuers.Contains);
        }

        return new ChainParts([.. chain], [.. rest]);
    }

    /// <summary>
    /// By name and signature, because an authority with a new key keeps its name. If no signature can be checked, the name decides. If no name is
    /// equal octet by octet, the signature decides (RFC 5280 §7.1: a name can be encoded in several ways).
    /// </summary>
    private static List<Certificate> Issuers(Certificate certificate, List<Certificate> others)
    {
        List<Certificate> named = [.. others.Where(certificate.HasIssuerName)];
        var candidates = named.Count > 0 ? named : others;
        if (candidates.Count > MostTried) return named;
        List<Certificate> signers = [.. candidates.Where(other => CertificateSignature.IsSignedBy(certificate.Der.Span, other.Der.Span))];
        return signers.Count > 0 ? signers : named;
    }
}
