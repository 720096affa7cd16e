using System.Collections.Frozen;
using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>
/// A named set of trust anchors. Any certificate of the bundle is an anchor, even an intermediate (RFC 5280 §6.1.1 leaves the choice of anchors to
/// the user).
/// </summary>
internal sealed class TrustBundle
{
    private readonly FrozenDictionary<NameKey, ValueList<Certificate>> _bySubject;
    private readonly FrozenSet<string> _fingerprints;

    public TrustBundle(string name, IEnumerable<Certificate> anchors)
    {
        Name = name;
        Anchors = anchors.DistinctBy(anchor => anchor.Sha256).ToValueList();
        _bySubject = Anchors.GroupBy(anchor => anchor.Rules.Subject).ToFrozenDictionary(group => group.Key, group => group.ToValueList());
        _fingerprints = Anchors.Select(anchor => anchor.Sha256).ToFrozenSet();
    }

    public string Name { get; }

    public ValueList<Certificate> Anchors { get; }

    /// <summary>Whether this very certificate is an anchor.</summary>
    public bool Contains(Certificate certificate) => _fingerprints.Contains(certificate.Sha256);

    /// <summary>
    /// The anchors whose subject is the issuer of <paramref name="certificate"/>. There can be several: cross-signed certificates, or those with a
    /// new key.
    /// </summary>
    public ValueList<Certificate> IssuersOf(Certificate certificate) =>
        _bySubject.TryGetValue(certificate.Rules.Issuer, out var issuers) ? issuers : [];
}
