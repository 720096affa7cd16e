using MtlsProbe.Certificates;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>
/// The trust store that a server can be assumed to have, from what it names and from what is known here of the issuers of our chain. Where
/// a root is known in several editions, it is assumed to have all of them.
/// </summary>
/// <param name="Anchors">Where a path may end.</param>
/// <param name="Between">Authorities that are known and not sent, and where a path may not end.</param>
internal sealed record AssumedStore(TrustBundle Anchors, ValueList<Certificate> Between)
{
    /// <summary>Authorities above one leaf; a bundle may hold hundreds of one name.</summary>
    private const int MostKnown = 32;

    /// <summary>
    /// The trust stores that the server may have, the most likely first; a later one counts only if our chain leads nowhere in the earlier ones. A
    /// server that names authorities trusts those and no others. OpenSSL follows a chain up to a self-signed root, so a named intermediate ends the
    /// chain only if its issuer is not named too. If nothing is named, known roots come before authorities whose issuer is not known.
    /// </summary>
    /// <param name="sent">Our chain, leaf first.</param>
    /// <param name="names">The authorities that the server names; empty where it names none.</param>
    /// <param name="known">The trust bundles here.</param>
    public static IEnumerable<AssumedStore> Likely(ValueList<Certificate> sent, ValueList<string> names, IReadOnlyCollection<TrustBundle> known, SignatureCache signatures)
    {
        var all = Authorities(sent, known, signatures, null);
        if (names.Count > 0) yield return Naming(sent, all, names, signatures);
        yield return With(sent, all, all.Where(certificate => certificate.IsSelfIssued));
        yield return With(sent, all, all.Where(certificate => certificate.IsSelfIssued || !IsIssuedByOneOf(all, certificate, signatures)));
    }

    /// <summary>The store of a server that trusts these authorities.</summary>
    /// <param name="without">A certificate that is not there.</param>
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

    /// <summary>What is sent after the leaf, and every anchor of the bundles that has issued one of those, and of theirs.</summary>
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

        if (sent.Count > 0) found.Remove(sent[0]); // a leaf is not an authority, except that a self-signed one is its own
        if (sent is [{ IsSelfIssued: true } leaf, ..]) found.Add(leaf);
        return found;
    }

    private static bool IsIssuedByOneOf(List<Certificate> all, Certificate certificate, SignatureCache signatures) =>
        all.Exists(issuer => issuer != certificate && certificate.HasIssuerName(issuer) && signatures.IsSignedBy(certificate, issuer));
}
