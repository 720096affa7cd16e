using System.Collections.Concurrent;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

/// <summary>A scheduler on a clock moved by hand, with probes that end at once unless the test holds them.</summary>
internal sealed class ScheduleRig : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _held = [];
    private readonly ConcurrentDictionary<string, bool> _waiting = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private int _holding;
    private ProbePlan _plan = ProbePlan.Empty;

    public ScheduleRig(IReadOnlyList<ProbeJob> jobs, SchedulerLimits? limits = null, ManualTime? time = null)
    {
        Time = time ?? new ManualTime();
        Begin = Time.GetUtcNow();
        Scheduler = new Scheduler(ProbeAsync, (job, result) => Results.Enqueue((job, result)), Time, Log, limits ?? new SchedulerLimits(), Metrics, job => EvidenceIsAwaited(job));
        Apply(jobs);
        _running = Scheduler.RunAsync(_stop.Token);
    }

    public ManualTime Time { get; }

    public DateTimeOffset Begin { get; }

    public Scheduler Scheduler { get; }

    /// <summary>The metrics of the scheduler.</summary>
    public ProberMetrics Metrics { get; } = new();

    public RecordingLogger<Scheduler> Log { get; } = new();

    /// <summary>Each probe's job and the clock at its start.</summary>
    public ConcurrentQueue<(ProbeJob Job, DateTimeOffset At)> Starts { get; } = [];

    public ConcurrentQueue<(ProbeJob Job, ProbeResult Result)> Results { get; } = [];

    /// <summary>Targets whose probes were cancelled.</summary>
    public ConcurrentQueue<string> Cancelled { get; } = [];

    /// <summary>Called first in a probe.</summary>
    public Action<ProbeJob> OnStart { get; set; } = _ => { };

    /// <summary>Whether evidence of revocation for the target's trust bundle is being fetched.</summary>
    public Func<ProbeJob, bool> EvidenceIsAwaited { get; set; } = _ => false;

    /// <summary>Makes the result of a probe.</summary>
    public Func<ProbeJob, DateTimeOffset, ProbeResult> Result { get; set; } = Jobs.Accepted;

    /// <summary>Whether probes report at once that their handshake has ended; otherwise they do not.</summary>
    public bool HandshakesAreOverAtOnce { get; set; }

    /// <summary>Whether held probes end when they are cancelled.</summary>
    public bool HeldProbesObeyCancellation { get; set; } = true;

    public IReadOnlyList<DateTimeOffset> StartsOf(string target) => [.. Starts.Where(start => start.Job.Key.Target == target).Select(start => start.At)];

    /// <summary>Plans these jobs and no others.</summary>
    public void Apply(IReadOnlyList<ProbeJob> jobs)
    {
        var next = ProbePlan.Of(jobs);
        Scheduler.Apply(PlanChange.Between(_plan, next));
        _plan = next;
    }

    /// <summary>From now on, probes of these targets do not end.</summary>
    public void Hold(params IEnumerable<string> targets)
    {
        foreach (var target in targets) _held[target] = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Lets the probe of a target end, and later ones too.</summary>
    public async Task Release(string target)
    {
        // Counted before it continues, so that it never seems to be held still.
        CountOut(target);
        if (_held.TryRemove(target, out var held)) held.SetResult();
        await Settled();
    }

    /// <summary>Moves the clock from one timer to the next; at each, everything that can run has run before the clock moves on.</summary>
    public async Task RunFor(TimeSpan span)
    {
        await Settled();
        var end = Time.GetElapsedTime(0) + span;
        while (Time.UntilNextTimer is { } next && Time.GetElapsedTime(0) + next <= end)
        {
            Time.Advance(next);
            await Settled();
        }

        Time.Advance(end - Time.GetElapsedTime(0));
    }

    /// <summary>Completes when every probe in progress is held.</summary>
    public async Task Settled()
    {
        while (Scheduler.State.InFlight != Volatile.Read(ref _holding)) await Task.Yield();
    }

    public Task StopAsync()
    {
        _stop.Cancel();
        return _running;
    }

    public async ValueTask DisposeAsync()
    {
        HeldProbesObeyCancellation = true;
        foreach (var target in _held.Keys) _held[target].TrySetResult();
        await StopAsync();
        _stop.Dispose();
    }

    private void CountOut(string target)
    {
        if (_waiting.TryRemove(target, out _)) Interlocked.Decrement(ref _holding);
    }

    private async Task<ProbeResult> ProbeAsync(ProbeJob job, Action handshakeOver, CancellationToken stop)
    {
        Starts.Enqueue((job, Time.GetUtcNow()));
        OnStart(job);
        if (HandshakesAreOverAtOnce) handshakeOver();
        if (_held.TryGetValue(job.Key.Target, out var held))
        {
            _waiting[job.Key.Target] = true;
            Interlocked.Increment(ref _holding);
            try
            {
                await held.Task.WaitAsync(HeldProbesObeyCancellation ? stop : CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                CountOut(job.Key.Target);
                Cancelled.Enqueue(job.Key.Target);
                throw;
            }
        }

        return Result(job, Time.GetUtcNow());
    }
}
