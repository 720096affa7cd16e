using MtlsProbe.Certificates;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>
/// Possible signers of a list: the anchors of a trust bundle, the issuers seen on a path to one of them, and those that sign lists for them.
/// Thread-safe.
/// </summary>
/// <param name="bundles">The current bundles with evidence.</param>
/// <param name="anchors">The anchors of a trust bundle, by its name; null while there are none.</param>
internal sealed class KnownIssuers(Func<IEnumerable<BundleEvidence>> bundles, Func<string, TrustBundle?> anchors)
{
    /// <summary>Those with this name under this bundle: what another bundle trusts proves nothing to it.</summary>
    public IEnumerable<Certificate> Of(NameKey name, BundleEvidence bundle) =>
        bundle.IssuersOf(name).Concat(bundle.SignersOf(name).Select(signer => signer.Certificate)).Concat(anchors(bundle.Source.Name)?.Anchors.Where(anchor => anchor.Rules.Subject == name) ?? []);

    /// <summary>The known certificates of its issuer, under any bundle, that have signed a list; null if none is known.</summary>
    public ValueList<Certificate>? SignersOf(KnownList known)
    {
        var issuers = bundles().SelectMany(bundle => Of(known.List.Issuer, bundle)).ToList();
        return issuers.Count == 0 ? null : issuers.Where(known.IsSignedBy).ToValueList();
    }
}
