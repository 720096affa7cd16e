using System.Runtime.InteropServices;

namespace MtlsProbe.Model;

/// <summary>One result, without its facts. 12 bytes here; <see cref="PackedResults"/> keeps those of a series in fewer.</summary>
[StructLayout(LayoutKind.Sequential, Pack = sizeof(float))]
internal readonly struct PastResult
{
    // From the highest bit: milliseconds since 1970 (45 bits, until the year 3084), reason (8; 0: none), outcome (2), alert (9; 0: none).
    private const int OfAlert = 9;
    private const int OfOutcome = 2;
    private const int OfReason = 8;

    private const double Million = 1_000_000;

    private readonly ulong _packed;
    private readonly float _duration;

    /// <param name="milliseconds">Since 1970.</param>
    /// <param name="verdict">As <see cref="Verdict"/>.</param>
    /// <param name="microseconds">The duration.</param>
    public PastResult(long milliseconds, int verdict, long microseconds)
    {
        _packed = ((ulong)milliseconds << (OfAlert + OfOutcome + OfReason)) | (uint)verdict;
        _duration = (float)(microseconds / Million);
    }

    private PastResult(DateTimeOffset at, float duration, Outcome outcome, Reason? reason, Alert? alert)
    {
        _packed = (ulong)Math.Max(0, at.ToUnixTimeMilliseconds());
        _packed = (_packed << OfReason) | (reason is null ? 0 : (ulong)Number(reason) + 1);
        _packed = (_packed << OfOutcome) | (ulong)outcome;
        _packed = (_packed << OfAlert) | (alert is { } sent ? sent.Code + 1UL : 0);
        _duration = duration;
    }

    /// <summary>When the probe began, UTC, in whole milliseconds.</summary>
    public DateTimeOffset At => DateTimeOffset.FromUnixTimeMilliseconds(Milliseconds);

    /// <summary>The same as a number, since 1970.</summary>
    public long Milliseconds => (long)(_packed >> (OfAlert + OfOutcome + OfReason));

    /// <summary>Of the whole probe, in seconds.</summary>
    public double Duration => Math.Round(_duration, 6);

    /// <summary>The same in whole microseconds: nothing is lost, because the duration is rounded to them anyway.</summary>
    public long Microseconds => (long)Math.Round(_duration * Million);

    /// <summary>Outcome, reason and alert as one number: equal ones have the same.</summary>
    public int Verdict => Bits(0, OfAlert + OfOutcome + OfReason);

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
