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
    // Stable over restarts and machines, and even over a fleet, which string.GetHashCode is not.
    private readonly double _fraction = Fraction(job.Key);
    private TaskCompletionSource<bool>? _nextRun;
    private TaskCompletionSource<bool>? _run;
    private DateTimeOffset? _waitsSince;

    /// <summary>What to probe; a reload may replace it by one that makes the same handshake.</summary>
    public ProbeJob Job { get; set; } = job;

    /// <summary>When it starts next.</summary>
    public DateTimeOffset Due { get; private set; }

    /// <summary>How often it has been put into the queue of starts; the last time counts.</summary>
    public long TimesPut { get; set; }

    /// <summary>When the probe that runs or waits for a place was due; null between probes.</summary>
    public DateTimeOffset? Busy { get; private set; }

    /// <summary>Whether it holds a slot at its endpoint.</summary>
    public bool IsAtEndpoint { get; set; }

    /// <summary>Whether it has left its place at the endpoint and still runs.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>The spread of a start that waits for the end of the probe under way; null when none does.</summary>
    public TimeSpan? Again { get; private set; }

    /// <summary>Whether a start was already skipped because of the probe that runs or waits.</summary>
    public bool Overrun { get; set; }

    /// <summary>Whether it is planned no more: its results are dropped, and it does not run again.</summary>
    public bool Removed => Cancellation.IsCancellationRequested;

    /// <summary>Cancels the probe under way. Has neither timer nor wait handle, so nothing needs disposing.</summary>
    public CancellationTokenSource Cancellation { get; } = new();

    /// <summary>True at the end of the next probe that begins from now on; false when there will be none.</summary>
    public Task<bool> NextRun => (_nextRun ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Sets the first start: soon, but spread, so that the first round ends quickly and no server gets many probes at once.</summary>
    public void StartWithin(TimeSpan spread, DateTimeOffset now) =>
        Due = now + (_fraction * (spread < Job.Target.Interval ? spread : Job.Target.Interval));

    /// <summary>
    /// Moves the next start to where a first one would be, unless it comes sooner anyway. A probe under way has not seen what has
    /// changed: then it is done when that has ended.
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
    /// Moves to the next start after <paramref name="now"/>. Regular starts lie at the hash of the key plus k intervals since the
    /// beginning of time: they never drift, missed ones are not made up for, and a restart finds the same ones again.
    /// </summary>
    public void MoveOn(DateTimeOffset now)
    {
        // After a first start, which lies anywhere, at least so much distance that a probe can use up its timeout; always below an interval.
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

    /// <summary>A probe begins, or waits for a place from now on.</summary>
    public void Begin(DateTimeOffset due)
    {
        Busy = due;
        Overrun = false;
        (_run, _nextRun) = (_nextRun, null);
    }

    /// <summary>Whether it has waited for evidence of revocation for as long as anybody may (<see cref="EvidenceStore.Patience"/>).</summary>
    public bool IsOutOfPatience(DateTimeOffset now) => now - _waitsSince >= EvidenceStore.Patience;

    /// <summary>Whether its last probe has ended without a verdict, and waits for evidence.</summary>
    public bool IsWaitingForEvidence(DateTimeOffset now) => _waitsSince is not null && !IsOutOfPatience(now);

    /// <summary>Postpones the start while evidence is being fetched, but not beyond its time limit.</summary>
    /// <param name="step">Until the next check whether it has arrived.</param>
    public void PutOff(TimeSpan step, DateTimeOffset now)
    {
        var end = (_waitsSince + EvidenceStore.Patience) ?? DateTimeOffset.MaxValue;
        Due = now + step < end ? now + step : end;
    }

    /// <summary>The probe has ended without a verdict: another follows soon. Callers that wait for a probe wait for that one.</summary>
    /// <param name="step">As of <see cref="PutOff"/>.</param>
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
        _ = Cancellation.CancelAsync(); // not Cancel: what is registered must not run under the scheduler's lock
        _nextRun?.TrySetResult(false);
        _run?.TrySetResult(false);
        (_run, _nextRun) = (null, null);
    }

    /// <summary>From 0 to below 1. Both slots of an identity lie half an interval apart, so that no server is hit by both at once.</summary>
    private static double Fraction(HandshakeKey key)
    {
        var name = Encoding.UTF8.GetBytes($"{key.Target}\n{key.Address}\n{key.Identity}\n{key.Expect}");
        var fraction = (BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(name)) >> 11) * Math.ScaleB(1, -53);
        return key.Slot == Slot.Next ? (fraction + 0.5) % 1 : fraction;
    }
}
