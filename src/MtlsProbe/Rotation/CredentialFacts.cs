using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>What is known of a credential that is to be rolled out, and of those around it.</summary>
/// <param name="New">As it would be sent: leaf first.</param>
/// <param name="Current">As it is sent now; empty where its files are broken.</param>
/// <param name="Others">The leaves of the other credentials of the configuration, by name.</param>
/// <param name="Anchors">Of all trust bundles of the configuration.</param>
internal sealed record CredentialFacts(
    ValueList<Certificate> New, ValueList<Certificate> Current, ValueList<(string Name, Certificate Leaf)> Others, ValueList<TrustBundle> Anchors)
{
    /// <summary>The anchors of the machine; null where they are not known, or nothing asks for them.</summary>
    public TrustBundle? Machine { get; init; }

    public Certificate Leaf => New[0];

    /// <summary>What is known of the revocation of the new one.</summary>
    public ValueList<CertificateRevocation> Revocation { get; init; } = [];

    public Certificate? CurrentLeaf => Current.Count > 0 ? Current[0] : null;

    /// <summary>Whether the new credential has another issuer than the current one.</summary>
    public bool IssuerChanges => CurrentLeaf is { } current && Leaf.Rules.Issuer != current.Rules.Issuer;
}
