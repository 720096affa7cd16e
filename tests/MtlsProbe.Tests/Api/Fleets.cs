using MtlsProbe.Api;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Api;

/// <summary>Views of fleets with made-up results, at <see cref="Samples.Now"/>.</summary>
internal static class Fleets
{
    public static FleetView View(params HandshakeState[] handshakes) => new(Snapshot(handshakes));

    public static FleetSnapshot Snapshot(params HandshakeState[] handshakes) => Samples.Snapshot(handshakes) with { At = Samples.Now };

    /// <summary>A series with this result only.</summary>
    public static HandshakeState Once(Target target, ProbeResult result) => Samples.State(target, result) with
    {
        Since = result.At,
        History = ResultHistory.Empty.With(result),
    };

    /// <summary>One handshake in each condition, in the order of the enumeration; each target has the name of its condition.</summary>
    public static FleetView OfEveryCondition() => View([.. Enum.GetValues<Condition>().Select(In)]);

    public static HandshakeState In(Condition condition)
    {
        var target = Samples.Target(condition.Label(), new Label("team", condition < Condition.NotEnforced ? "money" : "goods"));
        return condition switch
        {
            Condition.Healthy => Once(target, Samples.Accepted(target)),
            Condition.Refused => Once(target, Samples.Rejected(target)),
            Condition.Failed => Once(target, Samples.Refused(target)),
            Condition.NotEnforced => Once(target, Samples.LetIn(target)),
            Condition.NotRequested => Once(target, Samples.Accepted(target) with
            {
                Success = false, Failure = new Failure(Phase.Confirm, Reasons.NotRequested, null, ""), ClientCertificate = new() { Requested = false },
            }),
            Condition.Unconfirmed => Once(target, Samples.Accepted(target) with
            {
                Outcome = Outcome.Unconfirmed, Success = false, Failure = new Failure(Phase.Confirm, Reasons.NoConfirmation, null, ""),
            }),
            Condition.Faulty => Once(target, Samples.Accepted(target) with
            {
                Success = false, Failure = new Failure(Phase.Application, Reasons.UnexpectedStatus, null, "status 500"),
            }),
            _ => Samples.State(target),
        };
    }

    /// <summary>Targets of the rows of a page.</summary>
    public static IReadOnlyList<string> Targets(HandshakePage page) => [.. page.Rows.Select(row => row.Target)];

    public static HandshakePage Page(FleetView view, HandshakeFilter? filter = null, HandshakeOrder? order = null, Paging? paging = null) =>
        HandshakePage.Of(view, "instance", filter ?? HandshakeFilter.None, order ?? HandshakeOrder.Default, paging ?? new Paging(1, 100));
}
