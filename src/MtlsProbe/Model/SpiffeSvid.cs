using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>An X.509-SVID that a SPIFFE Workload API issues to this process.</summary>
/// <param name="Endpoint">Null: the one that <see cref="SpiffeEndpoint.Variable"/> names.</param>
internal sealed record SpiffeSvid(SpiffeEndpoint? Endpoint) : CredentialSource
{
    public const string Kind = "spiffe";

    /// <summary>The SPIFFE ID that it must have; null: any, and therefore the first.</summary>
    public string? Id { get; init; }

    /// <summary>The hint that the API gives for it; null: any.</summary>
    public string? Hint { get; init; }

    public override ValueList<string> Places => [string.Join(' ', new[] { SpiffeByHand.Name(Endpoint), Id, Hint is { } hint ? $"hint={hint}" : null }.OfType<string>())];

    public override SourceByHand? ByHand => SpiffeByHand.Svid(this);
}

/// <summary>The anchors of a trust domain, from a SPIFFE Workload API.</summary>
/// <param name="Endpoint">As in <see cref="SpiffeSvid"/>.</param>
/// <param name="TrustDomain">The trust domain of this process or a federated one; null: that of the first SVID.</param>
internal sealed record SpiffeBundle(SpiffeEndpoint? Endpoint, string? TrustDomain) : TrustOrigin
{
    public override ValueList<string> Places => [string.Join(' ', new[] { SpiffeByHand.Name(Endpoint), TrustDomain }.OfType<string>())];

    public override TrustByHand? ByHand => SpiffeByHand.Bundle(this);
}
