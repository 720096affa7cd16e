namespace MtlsProbe.Certificates;

/// <summary>An issuer that this process knows, though the server that was judged did not present it.</summary>
/// <param name="Place">Where it was seen, to follow its name: <c>presented by the target orders</c>, <c>in the trust bundle partners</c>.</param>
internal sealed record KnownIssuer(Certificate Certificate, string Place);

/// <summary>
/// The issuers that are known under the name of the issuer of <paramref name="certificate"/>, wherever but in <paramref name="trust"/>,
/// the bundle that the chain is judged by. Whether one of them has signed it is for the caller to see.
/// </summary>
internal delegate IEnumerable<KnownIssuer> IssuerLookup(Certificate certificate, TrustBundle trust);
