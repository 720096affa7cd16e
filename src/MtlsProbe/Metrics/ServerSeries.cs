using MtlsProbe.Model;

namespace MtlsProbe.Metrics;

/// <summary>Facts about a server that do not depend on the presented credential. They stay until the server presents new ones.</summary>
internal static class ServerSeries
{
    /// <summary>Series from a single probe.</summary>
    public static IReadOnlyList<Projection> OfOneProbe { get; } =
    [
        OfFacts(Catalog.Requested, (facts, labels, writer) =>
        {
            if (facts.ClientCertificate is { } client) writer.Sample(labels).Value(client.Requested);
        }),
        OfFacts(Catalog.AcceptableIssuers, (facts, labels, writer) =>
        {
            if (facts.ClientCertificate is { Requested: true } client) writer.Sample(labels).Value(client.IssuersTotal);
        }),
        OfFacts(Catalog.Tls, (facts, labels, writer) =>
        {
            if (facts.Tls is not { } tls) return;
            writer.Sample(labels).With("version", tls.Version).With("cipher", tls.Cipher).With("alpn", tls.Alpn ?? "").Value(true);
        }),
        CertificateSeries.Earliest(Catalog.ServerNotAfter, series => series.Servers, server => server.Facts?.Certificates ?? [], certificate => certificate.NotAfter),
        CertificateSeries.Earliest(Catalog.ServerNotBefore, series => series.Servers, server => server.Facts?.Certificates ?? [], certificate => certificate.NotBefore),
        OfFacts(Catalog.ServerCertificate, (facts, labels, writer) => CertificateSeries.Each(facts.Certificates, labels, writer)),
        Of(Catalog.Leaves, (server, labels, writer) =>
        {
            if (server.Facts is not null) writer.Sample(labels).Value(server.Leaves.Leaves);
        }),
        OfFacts(Catalog.ExpectedCertificate, (facts, labels, writer) =>
        {
            if (facts.Expected.ServerCertificate is { } expected) writer.Sample(labels).Value(expected);
        }),
        OfFacts(Catalog.ExpectedIssuer, (facts, labels, writer) =>
        {
            if (facts.Expected.Issuer is { } expected) writer.Sample(labels).Value(expected);
        }),
        OfFacts(Catalog.ChainValid, (facts, labels, writer) =>
        {
            if (facts.Chain is { } chain) writer.Sample(labels).Value(chain.Valid);
        }),
        OfFacts(Catalog.ChainError, (facts, labels, writer) =>
        {
            if (facts.Chain is not { Valid: false } chain) return;
            foreach (var error in chain.Errors) writer.Sample(labels).With("error", error.Label).Value(true);
        }),
        OfFacts(Catalog.ChainNote, (facts, labels, writer) =>
        {
            foreach (var note in facts.Chain?.NoteNames ?? []) writer.Sample(labels).With("reason", note).Value(true);
        }),
        OfFacts(Catalog.StapleThisUpdate, (facts, labels, writer) =>
        {
            if (facts.Chain?.Staple is { } staple) writer.Sample(labels).Value(staple.ThisUpdate);
        }),
        OfFacts(Catalog.StapleNextUpdate, (facts, labels, writer) =>
        {
            if (facts.Chain?.Staple?.NextUpdate is { } end) writer.Sample(labels).Value(end);
        }),
        Projection.Of(Catalog.ClockOffset, series => series.Servers, (ServerState server, DateTimeOffset now, ReadOnlySpan<byte> labels, SampleWriter writer) =>
        {
            if (server.Clock.Now(now, server.Target.Interval) is { IsExact: true } clock) writer.Sample(labels).Value(clock.Offset);
        }),
        OfFacts(Catalog.CertificateRevoked, (facts, labels, writer) =>
        {
            if (facts.Chain is { } chain && chain.Revocation.Count > 0) RevocationSeries.Each(chain.Revocation, labels, writer);
        }),
    ];

    /// <summary>Series that need several probes.</summary>
    public static IReadOnlyList<Projection> OfMany { get; } =
    [
        Of(Catalog.LeafChanges, (server, labels, writer) => writer.Sample(labels).Value(server.Leaves.Changes)),
        Of(Catalog.LastLeafChange, (server, labels, writer) =>
        {
            if (server.Leaves.LastChange is { } time) writer.Sample(labels).Value(time);
        }),
        Of(Catalog.ServerRenewedAt, (server, labels, writer) =>
        {
            if (server.Leaves.RenewedAt is { } share) writer.Sample(labels).Value(share);
        }),
        Of(Catalog.DeploymentDelay, (server, labels, writer) =>
        {
            if (server.DeploymentDelay is { } delay) writer.Sample(labels).Value(delay.TotalSeconds);
        }),
    ];

    private static Projection Of(MetricFamily family, Projection.ItemWriter<ServerState> write) =>
        Projection.Of(family, series => series.Servers, write);

    /// <summary>From what the server has presented; nothing before it has presented a certificate.</summary>
    private static Projection OfFacts(MetricFamily family, Projection.ItemWriter<ServerFacts> write) => Of(family, (server, labels, writer) =>
    {
        if (server.Facts is { } facts) write(facts, labels, writer);
    });
}
