using MtlsProbe.Model;

namespace MtlsProbe.Metrics;

/// <summary>Facts about a credential as loaded from its source, probed or not.</summary>
internal static class CredentialSeries
{
    public static IReadOnlyList<Projection> All { get; } =
    [
        CertificateSeries.Earliest(Catalog.ClientNotAfter, series => series.Credentials, credential => credential.Chain, certificate => certificate.NotAfter),
        CertificateSeries.Earliest(Catalog.ClientNotBefore, series => series.Credentials, credential => credential.Chain, certificate => certificate.NotBefore),
        Of(Catalog.ClientCertificate, (credential, labels, writer) => CertificateSeries.Each(credential.Chain, labels, writer)),
        Of(Catalog.Renewals, (credential, labels, writer) => writer.Sample(labels).Value(credential.Renewals)),
        Of(Catalog.ClientRenewedAt, (credential, labels, writer) =>
        {
            if (credential.RenewedAt is { } share) writer.Sample(labels).Value(share);
        }),
        Of(Catalog.IdentityLoaded, (credential, labels, writer) => writer.Sample(labels).Value(credential.Usable)),
        Of(Catalog.IdentitySource, (credential, labels, writer) =>
        {
            if (credential.Source is { } source) writer.Sample(labels).With("source", source.Label).Value(true);
        }),
        Of(Catalog.ClientRevoked, (credential, labels, writer) => RevocationSeries.EachOfOurs(credential.Revocation, labels, writer)),
        RevocationSeries.EnforcementDelay,
    ];

    private static Projection Of(MetricFamily family, Projection.ItemWriter<CredentialState> write) =>
        Projection.Of(family, series => series.Credentials, write);
}
