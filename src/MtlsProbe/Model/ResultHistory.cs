using System.Collections.Immutable;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// How the last handshakes of a series went: the last <see cref="Window"/> of them, and failures before these, which are kept longer than
/// successes. Bounded, whatever happens: 1.2 kB in a series without failures, 2.2 kB at most.
/// </summary>
internal sealed record ResultHistory
{
    /// <summary>How many results are kept one by one.</summary>
    public const int Window = 50;

    /// <summary>How many runs of equal failures are kept of the time before.</summary>
    public const int Runs = 20;

    public static readonly ResultHistory Empty = new();

    /// <summary>The last results, oldest first.</summary>
    public ImmutableArray<PastResult> Recent { get; private init; } = [];

    /// <summary>Failures that are older than <see cref="Recent"/>, oldest first.</summary>
    public ValueList<FailureRun> Earlier { get; private init; } = [];

    /// <summary>Whether the last result that left the window is the last of <see cref="Earlier"/>, so that an equal one continues the run.</summary>
    private bool IsOpen { get; init; }

    /// <summary>The history after one more result.</summary>
    public ResultHistory With(ProbeResult result)
    {
        var added = PastResult.Of(result);
        return Recent.Length < Window
            ? this with { Recent = Recent.Add(added) }
            : Without(Recent[0]) with { Recent = [.. Recent.AsSpan()[1..], added] };
    }

    private ResultHistory Without(PastResult leaving)
    {
        if (leaving.Reason is not { } reason) return IsOpen ? this with { IsOpen = false } : this;
        if (IsOpen && Earlier[^1] is var last && last.Continues(leaving))
            return this with { Earlier = [.. Earlier.SkipLast(1), last with { To = leaving.At, Count = last.Count + 1 }] };
        var run = new FailureRun(leaving.At, leaving.At, 1, leaving.Outcome, reason, leaving.Alert);
        return this with { Earlier = Earlier.Append(run).TakeLast(Runs).ToValueList(), IsOpen = true };
    }
}

/// <summary>One result, without its facts. 24 bytes, since there are 50 of them for each series.</summary>
internal readonly struct PastResult
{
    private readonly long _ticks;
    private readonly float _duration;
    private readonly byte _outcome;

    private PastResult(long ticks, float duration, Outcome outcome, Reason? reason, Alert? alert) =>
        (_ticks, _duration, _outcome, Reason, Alert) = (ticks, duration, (byte)outcome, reason, alert);

    /// <summary>When the probe began, UTC.</summary>
    public DateTimeOffset At => new(_ticks, TimeSpan.Zero);

    /// <summary>Of the whole probe, in seconds.</summary>
    public double Duration => Math.Round(_duration, 6);

    public Outcome Outcome => (Outcome)_outcome;

    /// <summary>Null on success.</summary>
    public Reason? Reason { get; }

    public Alert? Alert { get; }

    public static PastResult Of(ProbeResult result) =>
        new(result.At.UtcTicks, (float)result.Timings.Total, result.Outcome, result.Failure?.Reason, result.Failure?.Alert);
}

/// <summary>Failures alike, one after another.</summary>
/// <param name="From">When the first of these probes began.</param>
/// <param name="To">When the last of these probes began.</param>
internal sealed record FailureRun(DateTimeOffset From, DateTimeOffset To, int Count, Outcome Outcome, Reason Reason, Alert? Alert)
{
    public bool Continues(PastResult result) => (Outcome, Reason, Alert) == (result.Outcome, result.Reason, result.Alert);
}
