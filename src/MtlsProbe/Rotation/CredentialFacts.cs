using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>What is known about a credential that is to be rolled out, and about the others.</summary>
/// <param name="New">As it would be sent: leaf first.</param>
/// <param name="Current">As it is sent now; empty if its files are broken.</param>
/// <param name="Others">The leaves of the other credentials of the configuration, by name.</param>
/// <param name="Anchors">The anchors of all trust bundles of the configuration.</param>
internal sealed record CredentialFacts(
    ValueList<Certificate> New, ValueList<Certificate> Current, ValueList<(string Name, Certificate Leaf)> Others, ValueList<TrustBundle> Anchors)
{
    /// <summary>The anchors of the machine; null if they are not known or not needed.</summary>
    public TrustBundle? Machine { get; init; }

    public Certificate Leaf => New[0];

    /// <summary>The known revocation of the new credential.</summary>
    public ValueList<CertificateRevocation> Revocation { get; init; } = [];

    public Certificate? CurrentLeaf => Current.Count > 0 ? Current[0] : null;

    /// <summary>Whether the new credential has another issuer than the current one.</summary>
    public bool IssuerChanges => CurrentLeaf is { } current && Leaf.Rules.Issuer != current.Rules.Issuer;
}
