using System.Collections.Immutable;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// The results of the last handshakes of a series: the last <see cref="Window"/>, and older failures, which are kept longer than successes. The size
/// is always bounded: 0.3 kB in a series without failures that is probed at regular times, 1.7 kB at most.
/// </summary>
internal sealed record ResultHistory
{
    /// <summary>How many results are kept individually.</summary>
    public const int Window = 50;

    /// <summary>How many runs of equal failures are kept from the time before.</summary>
    public const int Runs = 20;

    public static readonly ResultHistory Empty = new();

    /// <summary>The last results, oldest first.</summary>
    public ImmutableArray<PastResult> Recent => Packed.Unpacked();

    private PackedResults Packed { get; init; }

    /// <summary>Failures that are older than <see cref="Recent"/>, oldest first.</summary>
    public ValueList<FailureRun> Earlier { get; private init; } = [];

    /// <summary>Whether the last result that left the window is the last of <see cref="Earlier"/>, so that an equal one continues the run.</summary>
    private bool IsOpen { get; init; }

    /// <summary>The history after one more result.</summary>
    public ResultHistory With(ProbeResult result)
    {
        var packed = Packed.With(PastResult.Of(result), out var leaving);
        return leaving is { } oldest ? Without(oldest) with { Packed = packed } : this with { Packed = packed };
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

/// <summary>Consecutive equal failures.</summary>
/// <param name="From">When the first of these probes began.</param>
/// <param name="To">When the last of these probes began.</param>
internal sealed record FailureRun(DateTimeOffset From, DateTimeOffset To, int Count, Outcome Outcome, Reason Reason, Alert? Alert)
{
    public bool Continues(PastResult result) => (Outcome, Reason, Alert) == (result.Outcome, result.Reason, result.Alert);
}
