using MtlsProbe.Certificates;
using MtlsProbe.OpenSsl;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>
/// The certificates of one file, sorted by whether they certify the leaf: its issuers, theirs, and so on, cross-signed ones among them.
/// </summary>
/// <param name="Chain">The leaf, then its issuers, each certifies the one before as far as that goes; each once.</param>
/// <param name="Strangers">The others, in the order of the file; each once.</param>
internal sealed record ChainParts(ValueList<Certificate> Chain, ValueList<Certificate> Strangers)
{
    /// <summary>Where more certificates than this may have made a signature, none is checked: the file is nonsense.</summary>
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
    /// By name and signature: an authority that got a new key keeps its name. Where no signature can be checked, the name decides; where
    /// no name is the same by its octets, the signature does (RFC 5280 §7.1: one name may be written in several ways).
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
