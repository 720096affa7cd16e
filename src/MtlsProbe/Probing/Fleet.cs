using System.Net;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>
/// Everything that serves one configuration: credentials, schedule and results, and the change from one configuration to the next.
/// </summary>
internal sealed class Fleet : IDisposable
{
    // Handshakes of all requests to /probe together: a request may need many, and they must not take the file descriptors of the
    // scheduled probes. How many requests there may be is for ProbeEndpoint to say; those that are let in wait for a place here.
    private const int MostOnDemand = 256;

    // A timeout may be as long as the interval. A black hole that uses it up has to be gone by so much before it is due again, or every
    // second start would be skipped.
    private static readonly TimeSpan GapBeforeNextStart = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan PlanDelay = TimeSpan.FromMilliseconds(250);

    // Handshakes of one request: a target may have many addresses and credentials, and others want a place, too.
    private const int MostAtOnce = 64;

    private readonly Func<ProbeJob, ProbeTime, CancellationToken, Task<ProbeResult>> _probe;
    private readonly MaterialStore _materials;
    private readonly BuildInfo _build;
    private readonly TimeProvider _time;
    private readonly ReloadLog _log;
    private readonly ConfigurationWatch _watch;
    private readonly AddressBook _addresses;
    private readonly Survey _survey;
    private readonly IssuersSeen? _issuers;
    private readonly Histogram _eventDelays;
    private readonly StoppedChains? _stoppedChains;
    private readonly ResultStore _results = new();
    private readonly Scheduler _scheduler;
    private readonly SemaphoreSlim _onDemand = new(MostOnDemand);
    private readonly SemaphoreSlim _reloading = new(1);
    private readonly Lock _gate = new();
    private readonly string _configFile;
    private readonly DateTimeOffset _started;
    private Configuration _configuration;
    private int _replanning;
    private ReloadState _reload;

    /// <param name="initial">A good configuration as read from <paramref name="configFile"/>.</param>
    /// <param name="probe">Makes one handshake within the time given.</param>
    /// <param name="resolve">The addresses of a name; throws <see cref="System.Net.Sockets.SocketException"/> when there are none.</param>
    /// <param name="eventDelays">What <paramref name="probe"/> tells of its own delays; null: nothing.</param>
    /// <param name="issuers">What the probes learn of issuers; null: they learn nothing.</param>
    public Fleet(
        string configFile,
        ConfigurationResult initial,
        Func<ProbeJob, ProbeTime, CancellationToken, Task<ProbeResult>> probe,
        Func<string, CancellationToken, Task<IPAddress[]>> resolve,
        MaterialStore materials,
        BuildInfo build,
        TimeProvider time,
        ILoggerFactory logs,
        Histogram? eventDelays = null,
        IssuersSeen? issuers = null)
    {
        _issuers = issuers;
        _eventDelays = eventDelays ?? Histogram.OfEventDelays();
        (_configFile, _configuration, _probe, _materials, _build, _time) = (configFile, initial.Configuration!, probe, materials, build, time);
        _started = time.GetUtcNow();
        _log = new ReloadLog(logs.CreateLogger<ReloadLog>());
        _watch = new ConfigurationWatch(configFile, initial.Fingerprint, time);
        _reload = new ReloadState(true, time.GetUtcNow());
        _addresses = new AddressBook(resolve, time, logs.CreateLogger<AddressBook>());
        _survey = new Survey(ProbeOnDemandAsync, resolve, materials.NextIsStaged, time);
        var changes = new ChangeLog(logs.CreateLogger<ChangeLog>());
        _scheduler = new Scheduler(
            (job, stop) => probe(job, Limits(job.Target), stop),
            (job, result) =>
            {
                if (_results.Record(job, result) is { } change) changes.Write(change);
                _stoppedChains?.LookAgainSoon();
            },
            time,
            logs.CreateLogger<Scheduler>(),
            SchedulerLimits.ForThisProcess());
        _stoppedChains = issuers is null ? null : new StoppedChains(issuers, materials, _results, keys => _ = _scheduler.RunSoonAsync(job => keys.Contains(job.Key)), time);
        Apply(_configuration, _configuration);
    }

    public Configuration Configuration
    {
        get { lock (_gate) return _configuration; }
    }

    /// <summary>Whether the first round is over, so that a scrape shows a result for every target.</summary>
    public bool Ready => _results.FirstRoundDone;

    /// <summary>Another one after each change of what <see cref="Snapshot"/> shows, but for the figures of scheduler and process.</summary>
    public long Version => _results.Version;

    /// <summary>What a scrape shows; targets and results are of the same configuration.</summary>
    /// <param name="withProcess">Whether with the figures of the process, which take a while to read.</param>
    public FleetSnapshot Snapshot(bool withProcess = true)
    {
        var (credentials, trusts) = (_materials.Snapshot(), _materials.Trusts());
        var process = withProcess ? ProcessFigures.Read() : null;
        lock (_gate)
        {
            return new FleetSnapshot
            {
                Targets = _configuration.Targets,
                Handshakes = _results.All,
                Servers = Ready ? _results.Servers : [.. _results.Servers.Select(StoppedChains.WhileOthersMayTell)],
                Credentials = credentials,
                Trusts = trusts,
                HandshakeDurations = _results.Durations,
                Scheduler = _scheduler.State,
                EventDelays = _eventDelays.State,
                Reload = _reload,
                Build = _build,
                Process = process,
                Identities = _configuration.Identities,
                TrustSources = _configuration.Trusts,
                ConfigFile = Path.GetFullPath(_configFile),
                At = _time.GetUtcNow(),
                Started = _started,
                Ready = Ready,
            };
        }
    }

    /// <summary>Runs until <paramref name="stop"/>; ends within 3 s after it.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
        _scheduler.RunAsync(stop),
        _materials.RunAsync(FollowMaterials, stop),
        _addresses.RunAsync(ReplanSoon, stop),
        _watch.RunAsync(ReloadAsync, stop));

    /// <summary>
    /// Reads the configuration file again. A bad file changes nothing; a good one is taken whole. One reload runs at a time. Unchanged
    /// targets keep their phase, their counters and the probe under way. Never throws.
    /// </summary>
    public async Task<ReloadOutcome> ReloadAsync()
    {
        await _reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            var read = ConfigurationFile.Load(_configFile, isFollowed: true);
            _watch.MarkLoaded(read.Fingerprint);
            if (read.Configuration is not { } next) return Refused(read.Errors);

            var before = Configuration;
            Apply(before, next);
            _log.Reloaded(_configFile, before, next);
            return new ReloadOutcome(true, []);
        }
        catch (Exception fault)
        {
            _log.Failed(fault, _configFile);
            return Refused([new ConfigurationError(_configFile, 0, 0, "", $"was not applied: a bug in MtlsProbe, {fault.GetType().Name}; the log has more", null)]);
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>
    /// Probes a target now, beside the schedule, at all its addresses with all its credentials. The results are the caller's alone: as
    /// with blackbox_exporter a request to <c>/probe</c> moves no counter, so that those say what the schedule saw, however often
    /// somebody looks.
    /// </summary>
    public async Task<ResultStore> ProbeNowAsync(Target target, TimeSpan timeout, CancellationToken ct)
    {
        var start = _time.GetTimestamp();
        var jobs = await _survey.PlanAsync([target with { Timeout = timeout / 2 }], ct).ConfigureAwait(false);
        var left = timeout - _time.GetElapsedTime(start);
        return Recording.Alone(jobs, await _survey.RunAsync(jobs, ProbeTime.Strict(left), MostAtOnce, null, ct).ConfigureAwait(false));
    }

    /// <summary>
    /// Brings the scheduled probes of a target forward to now and waits for them. Their results are kept and counted like any other, so
    /// that what a person sees after asking is what every scrape shows. False when some of them are planned no more, so that they were not
    /// made; null where none is planned yet; cancelled once <see cref="RunAsync"/> has been told to stop.
    /// </summary>
    public Task<bool>? RunSoonAsync(string target) => _scheduler.RunSoonAsync(job => job.Key.Target == target);

    public void Dispose()
    {
        _onDemand.Dispose();
        _reloading.Dispose();
    }

    private async Task<ProbeResult> ProbeOnDemandAsync(ProbeJob job, ProbeTime limits, CancellationToken ct)
    {
        await _onDemand.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            return await _probe(job, limits, ct).ConfigureAwait(false);
        }
        finally
        {
            _onDemand.Release();
        }
    }

    private static ProbeTime Limits(Target target)
    {
        var most = target.Interval - GapBeforeNextStart;
        var timeout = target.Timeout < most ? target.Timeout : most;
        return new ProbeTime(timeout, 2 * timeout < most ? 2 * timeout : most);
    }

    private ReloadOutcome Refused(ValueList<ConfigurationError> errors)
    {
        lock (_gate) _reload = _reload with { LastSuccessful = false };
        _results.Touch();
        _log.Refused(_configFile, errors);
        return new ReloadOutcome(false, errors);
    }

    private void Apply(Configuration before, Configuration next)
    {
        // The credentials of both first: until the plan has changed, the old jobs still run, and must not find theirs gone.
        var change = _materials.Follow(next with
        {
            Targets = [.. next.Targets, .. before.Targets],
            Identities = next.Identities.UnionBy(before.Identities, identity => identity.Name).ToValueList(),
            Trusts = next.Trusts.UnionBy(before.Trusts, trust => trust.Name).ToValueList(),
        });
        _addresses.Follow(next.Targets);
        lock (_gate)
        {
            _configuration = next;
            _reload = new ReloadState(true, _time.GetUtcNow());
            Replan();
            Expedite(change);
        }

        _materials.Follow(next);
        _issuers?.KeepOnly(next.Targets.Select(target => target.Name));
        _results.Touch();
    }

    /// <summary>Plans anew for the configuration, the credentials that are staged and the addresses, as they are now.</summary>
    private void Replan()
    {
        lock (_gate)
        {
            var isWhole = _addresses.IsComplete;
            var change = PlanChange.Between(_results.Plan, _results.Plan.Next(_configuration.Targets, _materials.NextIsStaged, _addresses.Of));
            _results.Apply(change, isWhole);
            _scheduler.Apply(change);
        }
    }

    /// <summary>One plan for all the look-ups that end about now: at the start every name has one, and a plan is of the whole fleet.</summary>
    private void ReplanSoon()
    {
        if (Interlocked.Exchange(ref _replanning, 1) == 0) _ = ReplanAsync();
    }

    private async Task ReplanAsync()
    {
        await Task.Delay(PlanDelay, _time).ConfigureAwait(false);
        Volatile.Write(ref _replanning, 0);
        Replan();
    }

    /// <summary>What changed in the files shows at once, not at the end of an interval that may be a day.</summary>
    private void FollowMaterials(MaterialChange change)
    {
        Replan();
        Expedite(change);
    }

    private void Expedite(MaterialChange change)
    {
        _scheduler.Expedite(job =>
            change.Credentials.Contains((job.Key.Identity, job.Key.Slot)) || change.Trusts.Contains(job.Target.Trust)
            || Expects(job.Target.Expect.ServerCertificate) || Expects(job.Target.Expect.Issuer));

        bool Expects(CertificatePin? pin) => pin is not null && change.Pins.Contains(pin);
    }
}
