using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// The results of the last handshakes of a series: the last <see cref="Window"/>, and older failures, which are kept longer than successes. The size
/// is always bounded: 0.6 kB in a series without failures, 1.6 kB at most.
/// </summary>
internal sealed record ResultHistory
{
    /// <summary>How many results are kept individually.</summary>
    public const int Window = 50;

    /// <summary>How many runs of equal failures are kept from the time before.</summary>
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

/// <summary>One result, without its facts. 12 bytes, since there are 50 of them for each series.</summary>
[StructLayout(LayoutKind.Sequential, Pack = sizeof(float))]
internal readonly struct PastResult
{
    // From the highest bit: milliseconds since 1970 (45 bits, until the year 3084), reason (8; 0: none), outcome (2), alert (9; 0: none).
    private const int OfAlert = 9;
    private const int OfOutcome = 2;
    private const int OfReason = 8;

    private readonly ulong _packed;
    private readonly float _duration;

    private PastResult(DateTimeOffset at, float duration, Outcome outcome, Reason? reason, Alert? alert)
    {
        _packed = (ulong)Math.Max(0, at.ToUnixTimeMilliseconds());
        _packed = (_packed << OfReason) | (reason is null ? 0 : (ulong)Number(reason) + 1);
        _packed = (_packed << OfOutcome) | (ulong)outcome;
        _packed = (_packed << OfAlert) | (alert is { } sent ? sent.Code + 1UL : 0);
        _duration = duration;
    }

    /// <summary>When the probe began, UTC, in whole milliseconds.</summary>
    public DateTimeOffset At => DateTimeOffset.FromUnixTimeMilliseconds((long)(_packed >> (OfAlert + OfOutcome + OfReason)));

    /// <summary>Of the whole probe, in seconds.</summary>
    public double Duration => Math.Round(_duration, 6);

    public Outcome Outcome => (Outcome)Bits(OfAlert, OfOutcome);

    /// <summary>Null on success.</summary>
    public Reason? Reason => Bits(OfAlert + OfOutcome, OfReason) is > 0 and var number ? Reasons.All[number - 1] : null;

    public Alert? Alert => Bits(0, OfAlert) is > 0 and var code ? new Alert((byte)(code - 1)) : null;

    public static PastResult Of(ProbeResult result) =>
        new(result.At, (float)result.Timings.Total, result.Outcome, result.Failure?.Reason, result.Failure?.Alert);

    private int Bits(int from, int count) => (int)(_packed >> from) & ((1 << count) - 1);

    /// <summary>Every reason is in the taxonomy; a test proves it.</summary>
    private static int Number(Reason reason)
    {
        for (var number = 0; number < Reasons.All.Count; number++)
        {
            if (ReferenceEquals(Reasons.All[number], reason)) return number;
        }

        throw new ArgumentException($"{reason.Class} {reason.Label} is not in the taxonomy", nameof(reason));
    }
}

/// <summary>Consecutive equal failures.</summary>
/// <param name="From">When the first of these probes began.</param>
/// <param name="To">When the last of these probes began.</param>
internal sealed record FailureRun(DateTimeOffset From, DateTimeOffset To, int Count, Outcome Outcome, Reason Reason, Alert? Alert)
{
    public bool Continues(PastResult result) => (Outcome, Reason, Alert) == (result.Outcome, result.Reason, result.Alert);
}
