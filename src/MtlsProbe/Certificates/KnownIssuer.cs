namespace MtlsProbe.Certificates;

/// <summary>An issuer that this process knows, although the judged server did not present it.</summary>
/// <param name="Place">
/// Where it was seen, as text that follows its name: <c>presented by the target orders</c>, <c>in the trust bundle partners</c>.
/// </param>
internal sealed record KnownIssuer(Certificate Certificate, string Place);

/// <summary>
/// The known issuers whose name is that of the issuer of <paramref name="certificate"/>, except those in <paramref name="trust"/>, the bundle for
/// this chain. The caller checks whether one of them signed the certificate.
/// </summary>
internal delegate IEnumerable<KnownIssuer> IssuerLookup(Certificate certificate, TrustBundle trust);
