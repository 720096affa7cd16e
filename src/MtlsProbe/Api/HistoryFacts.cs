using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>The results of the last handshakes of a series.</summary>
internal sealed record HistoryFacts(ValueList<PastFacts> Recent, ValueList<RunFacts> EarlierFailures)
{
    public static HistoryFacts Of(HandshakeState state) => new(
        state.History.Recent.Select(past => PastFacts.Of(past, state.Key.Expect)).ToValueList(),
        state.History.Earlier.Select(run => RunFacts.Of(run, state.Key.Expect)).ToValueList());
}

/// <summary>One of the last results.</summary>
/// <param name="Duration">Of the whole probe, in seconds.</param>
internal sealed record PastFacts(
    DateTimeOffset At, Condition State, Outcome Outcome, bool Success, FailureClass? Class, string? Reason, string? Alert, double Duration)
{
    public static PastFacts Of(PastResult past, Expectation expect)
    {
        var success = past.Reason is null;
        return new(past.At, Conditions.Of(expect, past.Outcome, past.Reason), past.Outcome, success, past.Reason?.Class, past.Reason?.Label, past.Alert?.Name, past.Duration);
    }
}

/// <summary>Consecutive equal failures.</summary>
internal sealed record RunFacts(DateTimeOffset From, DateTimeOffset To, int Count, Condition State, Outcome Outcome, FailureClass Class, string Reason, string? Alert)
{
    public static RunFacts Of(FailureRun run, Expectation expect) =>
        new(run.From, run.To, run.Count, Conditions.Of(expect, run.Outcome, run.Reason), run.Outcome, run.Reason.Class, run.Reason.Label, run.Alert?.Name);
}
