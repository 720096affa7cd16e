using System.Buffers;
using System.IO.Pipelines;
using MtlsProbe.Model;
using Prometheus;

namespace MtlsProbe.Metrics;

/// <summary>
/// From a snapshot to the text that Prometheus reads. The fleet's part is a pure projection, made again at each scrape. Nothing is registered, so
/// nothing stale remains. Samples of one family are adjacent, and a family without samples is left out. The process's own metrics are kept by
/// prometheus-net and follow in the same answer (docs/decisions/0003-own-exposition-writer.md).
/// </summary>
internal static class Exposition
{
    private static readonly Projection[] OfFleet = InOrderOfCatalog(
        HandshakeSeries.OfOneProbe, HandshakeSeries.OfMany, ServerSeries.OfOneProbe, ServerSeries.OfMany, CredentialSeries.All, StoredSeries.All, ProberSeries.All);

    private static readonly Projection[] OfOneProbe = InOrderOfCatalog(HandshakeSeries.OfOneProbe, ServerSeries.OfOneProbe);

    /// <summary>The families that a single probe can fill.</summary>
    public static IReadOnlyList<MetricFamily> FamiliesOfOneProbe { get; } = [.. OfOneProbe.Select(projection => projection.Family)];

    /// <summary>Everything about the fleet.</summary>
    public static void Write(FleetSnapshot snapshot, ExpositionFormat format, IBufferWriter<byte> output) =>
        Write(snapshot, OfFleet, format, output);

    /// <summary>The result of probing one target; no counters, no configuration, nothing about the prober.</summary>
    public static void WriteProbe(
        IReadOnlyList<HandshakeState> handshakes, IReadOnlyList<ServerState> servers, ExpositionFormat format, IBufferWriter<byte> output) =>
        Write(Alone(handshakes, servers), OfOneProbe, format, output);

    /// <summary>
    /// Everything about the fleet and this process, sent piece by piece, so the text of a large fleet is never in memory as a whole. After each piece
    /// the thread is free for due work: no probe waits for a scrape.
    /// </summary>
    /// <param name="labels">The labels of <paramref name="snapshot"/>; null: they are not known yet.</param>
    public static async Task WriteAsync(
        FleetSnapshot snapshot, CollectorRegistry own, ExpositionFormat format, PipeWriter output, CancellationToken ct, SeriesLabels? labels = null)
    {
        var series = new Series(snapshot, labels ?? SeriesLabels.Of(snapshot));
        using var writer = new SampleWriter(format);
        foreach (var projection in OfFleet)
        {
            writer.Begin(projection.Family);
            for (var next = 0; (next = projection.Write(series, next, writer)) != Projection.Done;)
            {
                await output.WriteAsync(writer.Written, ct).ConfigureAwait(false);
                writer.Clear();
                await Task.Yield();
            }
        }

        await output.WriteAsync(writer.Written, ct).ConfigureAwait(false);
        await RegistryText.WriteAsync(own, format, output, ct).ConfigureAwait(false); // it ends with the end of the whole exposition
        await output.FlushAsync(ct).ConfigureAwait(false);
    }

    private static void Write(FleetSnapshot snapshot, Projection[] projections, ExpositionFormat format, IBufferWriter<byte> output)
    {
        var series = new Series(snapshot, SeriesLabels.Of(snapshot));
        using var writer = new SampleWriter(format);
        foreach (var projection in projections)
        {
            writer.Begin(projection.Family);
            for (var next = 0; (next = projection.Write(series, next, writer)) != Projection.Done;) Flush();
        }

        writer.End();
        Flush();

        void Flush()
        {
            output.Write(writer.Written.Span);
            writer.Clear();
        }
    }

    /// <summary>A fleet of one target, with no other information.</summary>
    private static FleetSnapshot Alone(IReadOnlyList<HandshakeState> handshakes, IReadOnlyList<ServerState> servers) => new()
    {
        Targets = [],
        Handshakes = handshakes,
        Servers = servers,
        Credentials = [],
        Scheduler = new SchedulerState(0, 0),
        Reload = new ReloadState(true, DateTimeOffset.UnixEpoch),
        Build = new BuildInfo("", "", "", ""),
        At = handshakes.Max(handshake => handshake.Last?.At) ?? default,
    };

    private static Projection[] InOrderOfCatalog(params IEnumerable<Projection>[] projections)
    {
        var byFamily = projections.SelectMany(some => some).ToDictionary(projection => projection.Family);
        return [.. Catalog.All.Where(byFamily.ContainsKey).Select(family => byFamily[family])];
    }
}
