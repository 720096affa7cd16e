using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Revocation;

namespace MtlsProbe.Probing;

/// <summary>A job and its state in the schedule. Mutable: the scheduler's lock guards it.</summary>
internal sealed class ScheduledJob(ProbeJob job)
{
    // Stable over restarts and machines, unlike string.GetHashCode.
    private readonly double _fraction = Fraction(job.Key);
    private TaskCompletionSource<bool>? _nextRun;
    private TaskCompletionSource<bool>? _run;
    private DateTimeOffset? _waitsSince;

    /// <summary>What to probe; a reload can replace it with a job that makes the same handshake.</summary>
    public ProbeJob Job { get; set; } = job;

    /// <summary>The next start.</summary>
    public DateTimeOffset Due { get; private set; }

    /// <summary>How often it has been put into the queue of starts; only the last entry counts.</summary>
    public long TimesPut { get; set; }

    /// <summary>When the probe that runs or waits for a slot was due; null between probes.</summary>
    public DateTimeOffset? Busy { get; private set; }

    /// <summary>Whether it holds a slot at its endpoint.</summary>
    public bool IsAtEndpoint { get; set; }

    /// <summary>Whether it has left its slot at the endpoint and still runs.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>The spread of a start that waits for the end of the probe in progress; null if none does.</summary>
    public TimeSpan? Again { get; private set; }

    /// <summary>Whether a start was already skipped because of the probe that runs or waits.</summary>
    public bool Overrun { get; set; }

    /// <summary>Whether it is no longer planned: its results are dropped, and it does not run again.</summary>
    public bool Removed => Cancellation.IsCancellationRequested;

    /// <summary>Cancels the probe in progress. It has neither timer nor wait handle, so nothing needs disposing.</summary>
    public CancellationTokenSource Cancellation { get; } = new();

    /// <summary>True at the end of the next probe that begins from now on; false if there will be none.</summary>
    public Task<bool> NextRun => (_nextRun ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Sets the first start: soon, but spread, so that the first round ends quickly and no server gets many probes at once.</summary>
    public void StartWithin(TimeSpan spread, DateTimeOffset now) =>
        Due = now + (_fraction * (spread < Job.Target.Interval ? spread : Job.Target.Interval));

    /// <summary>
    /// Moves the next start to the time of a first start, unless it comes sooner anyway. A probe in progress has not seen what has changed: then the
    /// job starts again when that has ended.
    /// </summary>
    public void BringForward(TimeSpan spread, DateTimeOffset now)
    {
        if (Busy is not null)
        {
            Again = spread;
            return;
        }

        Again = null;
        var due = Due;
        StartWithin(spread, now);
        if (Due > due) Due = due;
    }

    /// <summary>
    /// Moves to the next start after <paramref name="now"/>. Regular starts are at the hash of the key plus k intervals since the epoch: they never
    /// drift, missed ones are not made up for, and a restart finds the same times again.
    /// </summary>
    public void MoveOn(DateTimeOffset now)
    {
        // After a first start, which can be at any time, at least enough time for a probe to use up its timeout; always less than an interval.
        var interval = Job.Target.Interval.Ticks;
        var after = Math.Max(now.UtcTicks, Due.UtcTicks + ((interval + Job.Target.Timeout.Ticks - 1) / 2));
        var phase = (long)(_fraction * interval);
        Due = new DateTimeOffset(phase + ((((after - phase) / interval) + 1) * interval), TimeSpan.Zero);
    }

    /// <summary>Drops the start that an earlier interval had set.</summary>
    public void Reschedule(DateTimeOffset now)
    {
        Due = now;
        MoveOn(now);
    }

    /// <summary>A probe begins now, or begins to wait for a slot.</summary>
    public void Begin(DateTimeOffset due)
    {
        Busy = due;
        Overrun = false;
        (_run, _nextRun) = (_nextRun, null);
    }

    /// <summary>Whether it has waited for evidence of revocation for the maximum time (<see cref="EvidenceStore.Patience"/>).</summary>
    public bool IsOutOfPatience(DateTimeOffset now) => now - _waitsSince >= EvidenceStore.Patience;

    /// <summary>Whether its last probe has ended without a verdict, and waits for evidence.</summary>
    public bool IsWaitingForEvidence(DateTimeOffset now) => _waitsSince is not null && !IsOutOfPatience(now);

    /// <summary>Postpones the start while evidence is being fetched, but not beyond its time limit.</summary>
    /// <param name="step">The time until the next check whether it has arrived.</param>
    public void PutOff(TimeSpan step, DateTimeOffset now)
    {
        var end = (_waitsSince + EvidenceStore.Patience) ?? DateTimeOffset.MaxValue;
        Due = now + step < end ? now + step : end;
    }

    /// <summary>The probe has ended without a verdict, and another follows soon. Callers that wait for a probe wait for that one.</summary>
    /// <param name="step">As for <see cref="PutOff"/>.</param>
    public void EndWithoutVerdict(TimeSpan step, DateTimeOffset now)
    {
        Busy = null;
        _waitsSince ??= now;
        var due = Due;
        PutOff(step, now);
        if (Due > due) Due = due;
        var waiting = _run;
        _run = null;
        if (_nextRun is null) _nextRun = waiting;
        else if (waiting is not null) _ = FollowAsync(waiting, _nextRun.Task);

        static async Task FollowAsync(TaskCompletionSource<bool> waiting, Task<bool> next) => waiting.TrySetResult(await next.ConfigureAwait(false));
    }

    /// <summary>The probe has ended, and its result is known.</summary>
    public void End()
    {
        Busy = null;
        _waitsSince = null;
        _run?.SetResult(true);
        _run = null;
    }

    /// <summary>Takes it out of the schedule and cancels its probe.</summary>
    public void Remove()
    {
        _ = Cancellation.CancelAsync(); // not Cancel: registered callbacks must not run under the scheduler's lock
        _nextRun?.TrySetResult(false);
        _run?.TrySetResult(false);
        (_run, _nextRun) = (null, null);
    }

    /// <summary>From 0 to below 1. The two slots of an identity are half an interval apart, so that no server is probed with both at once.</summary>
    private static double Fraction(HandshakeKey key)
    {
        var name = Encoding.UTF8.GetBytes($"{key.Target}\n{key.Address}\n{key.Identity}\n{key.Expect}");
        var fraction = (BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(name)) >> 11) * Math.ScaleB(1, -53);
        return key.Slot == Slot.Next ? (fraction + 0.5) % 1 : fraction;
    }
}
