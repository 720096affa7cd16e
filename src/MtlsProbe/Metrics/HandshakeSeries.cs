using MtlsProbe.Model;

namespace MtlsProbe.Metrics;

/// <summary>Facts about one handshake: a credential presented to a server.</summary>
internal static class HandshakeSeries
{
    private static readonly (Outcome Outcome, FixedLabel Label)[] Outcomes = [.. Enum.GetValues<Outcome>().Select(outcome => (outcome, new FixedLabel("outcome", outcome.Label())))];
    private static readonly (Phase Phase, FixedLabel Label)[] Phases = [.. Enum.GetValues<Phase>().Select(phase => (phase, new FixedLabel("phase", phase.Label())))];
    private static readonly (FailureClass Class, FixedLabel Label)[] Classes = [.. Enum.GetValues<FailureClass>().Select(@class => (@class, new FixedLabel("class", @class.Label())))];
    private static readonly FixedLabel[] Causes = [.. Enum.GetValues<EndCause>().Select(cause => new FixedLabel("cause", cause.Label()))];
    private static readonly FixedLabel OfClient = new("side", "client");
    private static readonly FixedLabel OfServer = new("side", "server");

    /// <summary>Series from a single probe.</summary>
    public static IReadOnlyList<Projection> OfOneProbe { get; } =
    [
        OfLast(Catalog.Success, (last, labels, writer) => writer.Sample(labels).Value(last.Success)),
        OfLast(Catalog.Accepted, (last, labels, writer) =>
        {
            if (last.Outcome is Outcome.Accepted or Outcome.Rejected) writer.Sample(labels).Value(last.Outcome == Outcome.Accepted);
        }),
        OfLast(Catalog.FailureInfo, (last, labels, writer) =>
        {
            if (last.Failure is not { } failure) return;
            writer.Sample(labels).With("class", failure.Class.Label()).With("reason", failure.Reason.Label)
                .With("alert", failure.Alert?.Name ?? "").Value(true);
        }),
        OfLast(Catalog.PhaseDuration, (last, labels, writer) =>
        {
            foreach (var (phase, label) in Phases)
            {
                if (last.Timings[phase] is { } seconds) writer.Sample(labels).With(label).Value(seconds);
            }
        }),
        OfLast(Catalog.LastProbe, (last, labels, writer) => writer.Sample(labels).Value(last.At)),
        OfLast(Catalog.BreaksAt, (last, labels, writer) =>
        {
            if (last is not { Outcome: Outcome.Accepted, Outlook: { First: var first } outlook }) return;
            writer.Sample(labels).With(Causes[(int)first.Cause]).Value(first.At);
            if (outlook.Behind is { } behind) writer.Sample(labels).With(Causes[(int)behind.Cause]).Value(behind.At);
        }),
        Projection.Of(Catalog.Enforced, series => series.Refusals, (handshake, labels, writer) =>
        {
            // Only a refusal counts as a refusal, and only an acceptance counts against it: a server that is down shows neither.
            if (handshake.Last is { Success: true }) writer.Sample(labels).Value(true);
            else if (handshake.Last is { Outcome: Outcome.Accepted }) writer.Sample(labels).Value(false);
        }),
        Of(Catalog.IssuerAcceptable, (handshake, labels, writer) =>
        {
            if (handshake.Server?.ClientCertificate?.IssuerAcceptable is { } acceptable) writer.Sample(labels).Value(acceptable);
        }),
        Of(Catalog.PresentedSerial, (handshake, labels, writer) =>
        {
            if (handshake.Server is not { } server) return;
            if (server.ClientCertificate?.Presented is { } ours)
                writer.Sample(labels).With(OfClient).With("serial", ours.Serial).Value(true);
            if (server.Certificates.Count > 0)
                writer.Sample(labels).With(OfServer).With("serial", server.Certificates[0].Serial).Value(true);
        }),
    ];

    /// <summary>Series that need several probes.</summary>
    public static IReadOnlyList<Projection> OfMany { get; } =
    [
        Projection.Of(Catalog.Handshakes, series => series.Counted, (handshake, labels, writer) =>
        {
            foreach (var (outcome, label) in Outcomes) writer.Sample(labels).With(label).Value(handshake.Outcomes[(int)outcome]);
        }),
        Of(Catalog.Failures, (handshake, labels, writer) =>
        {
            foreach (var (failure, label) in Classes) writer.Sample(labels).With(label).Value(handshake.Failures[(int)failure]);
        }),
        Of(Catalog.LastSuccess, (handshake, labels, writer) =>
        {
            if (handshake.LastSuccess is { } time) writer.Sample(labels).Value(time);
        }),
    ];

    private static Projection Of(MetricFamily family, Projection.ItemWriter<HandshakeState> write) =>
        Projection.Of(family, series => series.Handshakes, write);

    /// <summary>From the last result; nothing before the first.</summary>
    private static Projection OfLast(MetricFamily family, Projection.ItemWriter<ProbeResult> write) => Of(family, (handshake, labels, writer) =>
    {
        if (handshake.Last is { } last) write(last, labels, writer);
    });
}
