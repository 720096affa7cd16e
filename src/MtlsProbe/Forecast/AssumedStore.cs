using MtlsProbe.Certificates;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>
/// The trust store that a server can be assumed to have, judged by the names that it sends and by the known issuers of our chain. If a root is known
/// in several versions, the server is assumed to have all of them.
/// </summary>
/// <param name="Anchors">Where a path can end.</param>
/// <param name="Between">Known authorities that are not sent, and where a path cannot end.</param>
internal sealed record AssumedStore(TrustBundle Anchors, ValueList<Certificate> Between)
{
    /// <summary>Maximum number of authorities above one leaf; a bundle can have hundreds with the same name.</summary>
    private const int MostKnown = 32;

    /// <summary>
    /// The possible trust stores of the server, the most likely first. A later one counts only if our chain does not lead to an anchor of the earlier
    /// ones. A server that names authorities trusts only those. OpenSSL follows a chain up to a self-signed root, so a named intermediate ends the
    /// chain only if its issuer is not named too. If nothing is named, known roots come before authorities whose issuer is not known.
    /// </summary>
    /// <param name="sent">Our chain, leaf first.</param>
    /// <param name="names">The authorities that the server names; empty if it names none.</param>
    /// <param name="known">Our trust bundles.</param>
    public static IEnumerable<AssumedStore> Likely(ValueList<Certificate> sent, ValueList<string> names, IReadOnlyCollection<TrustBundle> known, SignatureCache signatures)
    {
        var all = Authorities(sent, known, signatures, null);
        if (names.Count > 0) yield return Naming(sent, all, names, signatures);
        yield return With(sent, all, all.Where(certificate => certificate.IsSelfIssued));
        yield return With(sent, all, all.Where(certificate => certificate.IsSelfIssued || !IsIssuedByOneOf(all, certificate, signatures)));
    }

    /// <summary>The store of a server that trusts these authorities.</summary>
    /// <param name="without">A certificate that is excluded.</param>
    public static AssumedStore Naming(
        ValueList<Certificate> sent, ValueList<string> names, IReadOnlyCollection<TrustBundle> known, SignatureCache signatures, Certificate without) =>
        Naming(sent, Authorities(sent, known, signatures, without), names, signatures);

    private static AssumedStore Naming(ValueList<Certificate> sent, List<Certificate> all, ValueList<string> names, SignatureCache signatures)
    {
        var named = names.ToHashSet(StringComparer.Ordinal);
        return With(sent, all, all.Where(certificate => named.Contains(certificate.Subject)
            ? certificate.IsSelfIssued || !named.Contains(certificate.Issuer)
            : named.Contains(certificate.Issuer) && !IsIssuedByOneOf(all, certificate, signatures)));
    }

    private static AssumedStore With(ValueList<Certificate> sent, List<Certificate> all, IEnumerable<Certificate> anchors)
    {
        var store = new TrustBundle("assumed", anchors);
        return new AssumedStore(store, all.Where(certificate => !store.Contains(certificate) && !sent.Contains(certificate)).ToValueList());
    }

    /// <summary>The certificates that are sent after the leaf, and every anchor of the bundles that has issued one of them, and so on.</summary>
    public static List<Certificate> Authorities(ValueList<Certificate> sent, IReadOnlyCollection<TrustBundle> known, SignatureCache signatures, Certificate? without)
    {
        List<Certificate> found = [.. sent.Take(MostKnown).Where(certificate => certificate != without).Distinct()];
        for (var at = 0; at < found.Count; at++)
        {
            foreach (var bundle in known)
            {
                foreach (var issuer in bundle.IssuersOf(found[at]))
                {
                    if (found.Count < MostKnown && issuer != without && !found.Contains(issuer) && signatures.IsSignedBy(found[at], issuer)) found.Add(issuer);
                }
            }
        }

        if (sent.Count > 0) found.Remove(sent[0]); // a leaf is not an authority, unless it is self-signed
        if (sent is [{ IsSelfIssued: true } leaf, ..]) found.Add(leaf);
        return found;
    }

    private static bool IsIssuedByOneOf(List<Certificate> all, Certificate certificate, SignatureCache signatures) =>
        all.Exists(issuer => issuer != certificate && certificate.HasIssuerName(issuer) && signatures.IsSignedBy(certificate, issuer));
}
