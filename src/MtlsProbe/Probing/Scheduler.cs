using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Revocation;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Probing;

/// <summary>
/// Runs every job at its interval. One timer and one queue for the whole fleet; probes run elsewhere, so none can delay the schedule. A
/// probe that still runs when it is due again is not started a second time: that start is skipped and counted.
/// </summary>
internal sealed partial class Scheduler
{
    /// <summary>The first round is spread over this time, or over the interval if it is shorter.</summary>
    public static readonly TimeSpan FirstRound = TimeSpan.FromSeconds(5);

    // A first round of many thousand targets takes longer: a handshake costs about a millisecond of CPU, and an overloaded prober would mistake its
    // own slowness for the servers'.
    private static readonly TimeSpan FirstRoundPerJob = TimeSpan.FromMilliseconds(2);

    /// <summary>This many of the jobs that should run soon start at once; the others start at this many per second.</summary>
    public const int SoonAtOnce = 100;

    // Part of the 5 s in which a stopped process must end; the web server needs its share after this.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2.5);

    private readonly ScheduledProbe _run;
    private readonly TimeProvider _time;
    private readonly ILogger<Scheduler> _log;
    private readonly ProberMetrics _metrics;
    private readonly Lock _gate = new();
    private readonly StartQueue _queue = new();
    private readonly StartTimer _timer;
    private readonly Dictionary<HandshakeKey, ScheduledJob> _jobs = [];
    private readonly ConcurrencyLimiter _limiter;
    private readonly Func<ProbeJob, bool> _awaitsEvidence;
    private readonly Action<Action> _start;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopping;

    /// <param name="probe">
    /// Runs one probe, and calls the action when its handshake has ended, so that another can begin at the same server. An exception becomes a result
    /// of class <c>internal</c>.
    /// </param>
    /// <param name="done">Receives the result. Called on many threads, for each job in the order of its probes. It must not block.</param>
    /// <param name="awaitsEvidence">
    /// Whether evidence of revocation that the job's trust bundle requires is being fetched. A job whose probe ended without a verdict for lack of it
    /// is probed again when it has arrived, and at the latest after <see cref="EvidenceStore.Patience"/>. Null: there is never any.
    /// </param>
    /// <param name="start">Runs the beginning of a probe on another thread; null: on the thread pool.</param>
    public Scheduler(
        Func<ProbeJob, Action, CancellationToken, Task<ProbeResult>> probe,
        Action<ProbeJob, ProbeResult> done,
        TimeProvider time,
        ILogger<Scheduler> log,
        SchedulerLimits limits,
        ProberMetrics metrics,
        Func<ProbeJob, bool>? awaitsEvidence = null,
        Action<Action>? start = null)
    {
        _start = start ?? (begin => ThreadPool.UnsafeQueueUserWorkItem(_ => begin(), null));
        _awaitsEvidence = awaitsEvidence ?? (_ => false);
        (_run, _time, _log, _metrics) = (new ScheduledProbe(probe, done, time, log), time, log, metrics);
        _limiter = new ConcurrencyLimiter(limits);
        _timer = new StartTimer(time, _queue);
    }

    public SchedulerState State
    {
        get { lock (_gate) return new SchedulerState(_limiter.Taken, (long)_metrics.Skipped.Value); }
    }

    /// <summary>
    /// The interval of checks whether evidence has arrived: long enough that probes waiting for the same evidence do not all continue at once.
    /// </summary>
    private TimeSpan Step => TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerSecond, FirstRoundPerJob.Ticks * _jobs.Count));

    /// <summary>
    /// Applies a change of the plan. Jobs that make the same handshake as before keep their phase and the probe in progress; the probes of others are
    /// cancelled and their results dropped.
    /// </summary>
    public void Apply(PlanChange change)
    {
        lock (_gate)
        {
            var now = _timer.Now;
            foreach (var job in change.Removed)
            {
                if (_jobs.Remove(job.Key, out var old)) old.Remove();
            }

            var spread = Spread(change.Added.Count());
            foreach (var job in change.Added)
            {
                var scheduled = new ScheduledJob(job);
                scheduled.StartWithin(spread, now);
                _jobs.Add(job.Key, scheduled);
                _queue.Put(scheduled);
            }

            foreach (var job in change.Altered) Alter(job, now);
            _timer.Set(now);
        }
    }

    /// <summary>
    /// Brings the next start of these jobs forward, because something that affects their results has changed; spread like a first round.
    /// </summary>
    public void Expedite(Func<ProbeJob, bool> chosen)
    {
        lock (_gate)
        {
            var now = _timer.Now;
            var jobs = _jobs.Values.Where(job => chosen(job.Job)).ToList();
            foreach (var job in jobs) BringForward(job, Spread(jobs.Count), now);
            _timer.Set(now);
        }
    }

    /// <summary>
    /// Runs these jobs now; many are spread (<see cref="SoonAtOnce"/>). True when each has been probed from beginning to end, false if one of them is
    /// no longer planned; a probe in progress does not count, because parts of it may be older than the request. Null if no such job is planned.
    /// Cancelled once the scheduler is stopped.
    /// </summary>
    public Task<bool>? RunSoonAsync(Func<ProbeJob, bool> chosen)
    {
        lock (_gate)
        {
            if (_stopping) return Task.FromCanceled<bool>(new CancellationToken(canceled: true));
            var now = _timer.Now;
            var jobs = _jobs.Values.Where(job => chosen(job.Job)).ToList();
            if (jobs.Count == 0) return null;
            var runs = jobs.ConvertAll(job => job.NextRun);
            var spread = jobs.Count <= SoonAtOnce ? TimeSpan.Zero : TimeSpan.FromSeconds(1) * ((double)jobs.Count / SoonAtOnce);
            foreach (var job in jobs) BringForward(job, spread, now);
            _timer.Set(now);
            return AllAsync(runs);
        }
    }

    /// <summary>Runs until <paramref name="stop"/>, then cancels the probes in progress and waits for them, for 2.5 s at most. Once only.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = _time.CreateTimer(_ => StartDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (_gate)
        {
            _timer.Use(timer);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            _stopping = true;
            foreach (var job in _jobs.Values) job.Remove();
            _jobs.Clear();
            _queue.Clear();
            _timer.Use(null);
            if (_limiter.Taken == 0) _idle.TrySetResult();
        }

        await _idle.Task.WaitAsync(StopPatience, _time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_idle.Task.IsCompleted) LogLeftBehind(State.InFlight);
    }

    private async Task<bool> AllAsync(List<Task<bool>> runs)
    {
        if (!(await Task.WhenAll(runs).ConfigureAwait(false)).Contains(false)) return true;
        lock (_gate) return _stopping ? throw new OperationCanceledException("The scheduler is being stopped.") : false;
    }

    private static TimeSpan Spread(int count) => TimeSpan.FromTicks(Math.Max(FirstRound.Ticks, FirstRoundPerJob.Ticks * count));

    /// <summary>
    /// A new interval sets a new phase; everything else takes effect at the next start. The start of a job that waits for evidence comes soon, and
    /// sets the phase after that.
    /// </summary>
    private void Alter(ProbeJob job, DateTimeOffset now)
    {
        if (!_jobs.TryGetValue(job.Key, out var scheduled)) return;
        var rescheduled = job.Target.Interval != scheduled.Job.Target.Interval;
        scheduled.Job = job;
        if (!rescheduled || (scheduled.Busy is null && scheduled.IsWaitingForEvidence(now))) return;
        scheduled.Reschedule(now);
        _queue.Put(scheduled);
    }

    private void StartDue()
    {
        lock (_gate)
        {
            var now = _timer.Now;
            while (_queue.First is { Due: var due } job && due <= now)
            {
                if (job.Busy is null && job.IsWaitingForEvidence(now) && _awaitsEvidence(job.Job))
                {
                    job.PutOff(Step, now);
                    _queue.Put(job);
                    continue;
                }

                if (job.Busy is null) Admit(job, due);
                else Skip(job);
                job.MoveOn(now);
                _queue.Put(job);
            }

            _timer.Set(now);
        }
    }

    private void Admit(ScheduledJob job, DateTimeOffset due)
    {
        job.Begin(due);
        if (_limiter.TryEnter(job)) Begin(job, due);
        _metrics.InFlight.Set(_limiter.Taken);
    }

    private void Skip(ScheduledJob job)
    {
        _metrics.Skipped.Inc();
        if (!job.Overrun) LogSkipped(job.Job.Key.Target, job.Job.Key.Address, job.Job.Key.Identity, Math.Round((_timer.Now - job.Busy!.Value).TotalSeconds, 1));
        job.Overrun = true;
    }

    /// <summary>Elsewhere from the first instruction: a probe must not block the schedule.</summary>
    private void Begin(ScheduledJob scheduled, DateTimeOffset due)
    {
        var job = scheduled.Job;
        _start(() => _ = ProbeAsync(scheduled, job, due));
    }

    private async Task ProbeAsync(ScheduledJob scheduled, ProbeJob job, DateTimeOffset due)
    {
        _metrics.ScheduleLag.Observe((_timer.Now - due).TotalSeconds);
        var hasVerdict = true;
        try
        {
            hasVerdict = await _run.RunAsync(scheduled, job, () => LeaveEndpoint(scheduled), () => MayWait(scheduled)).ConfigureAwait(false);
        }
        finally
        {
            Leave(scheduled, hasVerdict); // in any case: a slot that is not returned is lost
        }
    }

    private void LeaveEndpoint(ScheduledJob job)
    {
        lock (_gate) Start(_limiter.LeaveEndpoint(job));
    }

    private bool MayWait(ScheduledJob job)
    {
        lock (_gate) return !job.IsOutOfPatience(_timer.Now);
    }

    private void Leave(ScheduledJob job, bool hasVerdict)
    {
        lock (_gate)
        {
            if (hasVerdict) job.End();
            else
            {
                job.EndWithoutVerdict(Step, _timer.Now);
                if (!job.Removed) _queue.Put(job);
                _timer.Set(_timer.Now);
            }

            if (job is { Again: { } spread, Removed: false })
            {
                var now = _timer.Now;
                BringForward(job, spread, now);
                _timer.Set(now);
            }

            Start(_limiter.Leave(job));
            if (_stopping && _limiter.Taken == 0) _idle.TrySetResult();
        }
    }

    /// <param name="job">A job that has waited for its slots; null: none.</param>
    private void Start(ScheduledJob? job)
    {
        if (job is not null) Begin(job, job.Busy!.Value);
        _metrics.InFlight.Set(_limiter.Taken);
    }

    private void BringForward(ScheduledJob job, TimeSpan spread, DateTimeOffset now)
    {
        var due = job.Due;
        job.BringForward(spread, now);
        if (job.Due != due) _queue.Put(job);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Target}: the probe of {Address} with identity {Identity} was still running after {Seconds} s when the next one was due; further probes are skipped until it ends")]
    private partial void LogSkipped(string target, string address, string identity, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{InFlight} probes did not stop in time; they are abandoned")]
    private partial void LogLeftBehind(int inFlight);
}
