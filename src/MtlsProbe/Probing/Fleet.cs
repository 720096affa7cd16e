using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Discovery;
using MtlsProbe.Feed;
using MtlsProbe.Handshake;
using MtlsProbe.Inventories;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Readiness;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>
/// Everything that probes the targets of all sources on schedule: credentials, plan, schedule and results, and the change from one
/// configuration to the next.
/// </summary>
internal sealed partial class Fleet : IDisposable
{
    private static readonly TimeSpan PlanDelay = TimeSpan.FromMilliseconds(250);

    private readonly ProbeStack _stack;
    private readonly MaterialStore _materials;
    private readonly BuildInfo _build;
    private readonly TimeProvider _time;
    private readonly string _configFile;
    private readonly ConfigurationSource _file;
    private readonly TargetSets _sets;
    private readonly AddressBook _addresses;
    private readonly OnDemandProbes _onDemand;
    private readonly StoppedChains? _stoppedChains;
    private readonly ResultStore _results;
    private readonly InventoryStore _inventories;
    private readonly Scheduler _scheduler;
    private readonly ILogger _log;
    private readonly Lock _applying = new();
    private readonly Lock _gate = new();
    private readonly DateTimeOffset _started;
    private readonly Shard? _shard;
    private Configuration _configuration;
    private ValueList<Target> _targets = [];
    private ValueList<TargetSet> _targetSets = [];
    private CancellationToken _stop;
    private int _replanning;

    /// <param name="initial">A good configuration, read from <paramref name="configFile"/>.</param>
    /// <param name="shard">The part of the targets that is probed on schedule; null: all.</param>
    /// <param name="sources">Further sources of targets, besides the configuration file.</param>
    public Fleet(ProbeStack stack, string configFile, ConfigurationResult initial, BuildInfo build, Shard? shard = null, params IReadOnlyList<ITargetSource> sources)
    {
        (_stack, _materials, _time, _configFile, _build, _shard) = (stack, stack.Materials, stack.Time, configFile, build, shard);
        _started = _time.GetUtcNow();
        _log = stack.Logs.CreateLogger<Fleet>();
        (_configuration, Protocols) = (initial.Configuration!, initial.Protocols);
        _results = new ResultStore(OwnMetrics.HandshakeDurations);
        _inventories = new InventoryStore(_time, stack.Logs.CreateLogger<InventoryStore>(), stack.Loops.Inventory);
        _file = new ConfigurationSource(configFile, initial, stack.Loops.Configuration, stack.Logs.CreateLogger<ReloadLog>(), stack.Events, shard);
        _sets = new TargetSets(_file, sources, stack.Loops.Discovery, stack.Logs.CreateLogger<TargetSets>(), stack.Events, shard);
        _addresses = new AddressBook(stack.Resolve, stack.Loops.Addresses, stack.Logs.CreateLogger<AddressBook>());
        _onDemand = new OnDemandProbes(stack, Shares.OnDemand, _results.OutcomeOf);
        var clocks = new ClockWatch(() => _results.Servers, _time, stack.Logs.CreateLogger<ClockWatch>());
        var changes = new ChangeLog(stack.Logs.CreateLogger<ChangeLog>());
        EventLoop.Start();
        _scheduler = new Scheduler(
            (job, handshakeOver, stop) => stack.Probe(
                job, new ProbeRun(ScheduledTime.Of(job.Target)) { Before = _results.OutcomeOf(job.Key), HandshakeOver = handshakeOver }, stop),
            (job, result) =>
            {
                var wasReady = Ready; // the result that completes the first round belongs to it
                if (_results.Record(job, result) is { } change)
                {
                    changes.Write(change);
                    foreach (var told in ChangeEvents.Of(change, wasReady)) Events.Add(told);
                }

                if (result.ServerClock is not null) clocks.Told();
                _stoppedChains?.LookAgainSoon(job.Target, result);
            },
            LoopTime.WithoutProbes(_time),
            stack.Logs.CreateLogger<Scheduler>(),
            new SchedulerLimits(Shares.Scheduled),
            OwnMetrics,
            job => stack.Evidence.IsAwaited(job.Target.Trust),
            begin => EventLoop.Next().Post(begin));
        _stoppedChains = stack.Issuers is null
            ? null
            : new StoppedChains(stack.Issuers, _materials, _results, keys => _ = _scheduler.RunSoonAsync(job => keys.Contains(job.Key)), PlanFailed, _time);
        Apply();
    }

    /// <summary>The configuration in the file, with the targets of every source and of every shard.</summary>
    public Configuration Configuration
    {
        get { lock (_gate) return _configuration; }
    }

    /// <summary>The protocols that targets can use.</summary>
    public Protocols Protocols { get; }

    /// <summary>The process's own metrics; kept when the configuration is reloaded.</summary>
    public ProberMetrics OwnMetrics => _stack.Metrics;

    /// <summary>Background work.</summary>
    public LoopSet Loops => _stack.Loops;

    /// <summary>The feed of changes.</summary>
    public EventFeed Events => _stack.Events;

    /// <summary>The state of the file of <see cref="Events"/>; null while they are in memory only.</summary>
    public Func<StorageState?> Storage { get; set; } = () => null;

    /// <summary>The shares of file descriptors.</summary>
    public DescriptorShares Shares { get; } = DescriptorShares.OfThisProcess();

    /// <summary>Whether the first round is done, and a scrape shows a result for every target.</summary>
    public bool Ready => _results.FirstRoundDone;

    /// <summary>A new value after each change of <see cref="Snapshot"/>, except for the figures of the scheduler.</summary>
    public long Version => _results.Version;

    /// <summary>What a scrape shows; targets and results belong to the same configuration.</summary>
    public FleetSnapshot Snapshot()
    {
        var (credentials, trusts, sources, lists) = (Credentials(), _materials.Trusts(), _materials.Sources(), _stack.Evidence.Lists());
        lock (_gate)
        {
            return new FleetSnapshot
            {
                Targets = _targets,
                Shard = _shard is null ? null : new ShardState(_shard, _configuration.Targets.Count),
                TargetSets = _sets.Fresh(_targetSets),
                Handshakes = _results.All,
                Servers = Ready ? _results.Servers : [.. _results.Servers.Select(StoppedChains.WhileOthersMayTell)],
                Credentials = credentials,
                Trusts = trusts,
                Sources = sources,
                Inventories = _inventories.Snapshot(),
                RevocationLists = lists,
                Scheduler = _scheduler.State,
                Reload = new ReloadState(_targetSets[0].Fault is null, _targetSets[0].LastSuccess!.Value) { Errors = Errors(), Since = _targetSets[0].Fault is null ? null : _targetSets[0].Since },
                Storage = Storage(),
                Build = _build,
                Identities = _configuration.Identities,
                TrustSources = _configuration.Trusts,
                Links = _configuration.Links,
                ConfigFile = Path.GetFullPath(_configFile),
                PeerMemory = new PeerMemoryState(_results.Cost, _stack.Issuers?.Cost ?? 0, PeerMemory.Budget),
                At = _time.GetUtcNow(),
                Started = _started,
                Ready = Ready,
            };
        }
    }

    /// <summary>
    /// Runs until <paramref name="stop"/>; ends within 3 s after it. If one part ends early, so do the others, and this throws: otherwise a partly
    /// working prober would look healthy.
    /// </summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _stop = end.Token;
        Task[] parts =
        [
            _scheduler.RunAsync(end.Token),
            _materials.RunAsync(FollowMaterials, end.Token),
            _stack.Evidence.RunAsync(FollowEvidence, end.Token),
            _addresses.RunAsync(ReplanSoon, end.Token),
            _sets.RunAsync(Apply, end.Token),
            _inventories.RunAsync(_results.Touch, end.Token),
        ];
        await Task.WhenAny(parts).ConfigureAwait(false);
        var isEarly = !stop.IsCancellationRequested;
        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(parts).ConfigureAwait(false);
        if (isEarly) throw new InvalidOperationException("a part of MtlsProbe ended unexpectedly");
    }

    /// <summary>
    /// Reads the configuration file again. A bad file changes nothing; a good one replaces the configuration as a whole. Only one reload runs at a
    /// time. Unchanged targets keep their phase, their counters and the probe in progress. Never throws.
    /// </summary>
    public Task<ReloadOutcome> ReloadAsync() => _file.ReloadAsync(Apply);

    /// <inheritdoc cref="OnDemandProbes.ProbeAsync"/>
    public Task<ResultStore> ProbeNowAsync(Target target, TimeSpan timeout, CancellationToken ct) => _onDemand.ProbeAsync(target, timeout, ct);

    /// <summary>
    /// Runs the scheduled probes of a target now and waits for them. Their results are kept and counted like any other, so a person sees the same as
    /// every scrape. False if some of them are no longer planned, and were therefore not made; null if none is planned yet; cancelled when
    /// <see cref="RunAsync"/> is stopped.
    /// </summary>
    public Task<bool>? RunSoonAsync(string target) => _scheduler.RunSoonAsync(job => job.Key.Target == target);

    public void Dispose()
    {
        _onDemand.Dispose();
        _file.Dispose();
    }

    private ValueList<ReloadError> Errors() => _file.Loaded.Errors
        .Select(error => new ReloadError((error with { Where = "", Problem = "", Hint = null }).ToString().TrimEnd(':', ' '), error.Where.Length > 0 ? $"{error.Where}: {error.Problem}" : error.Problem, error.Hint))
        .ToValueList();

    /// <summary>As loaded, with what is known about their revocation.</summary>
    private IReadOnlyList<CredentialState> Credentials() =>
    [
        .. from credential in _materials.Snapshot()
           let found = _stack.OwnRevocation.Of(credential.Chain)
           select credential with { Revocation = found.Lines, RevokedSince = found.Since },
    ];

    /// <summary>Applies the current targets of the sources, and the rest of the configuration.</summary>
    private void Apply()
    {
        lock (_applying)
        {
            var before = Configuration;
            var (next, merged) = _sets.Take();

            // Files of other shards' targets are followed too, for probes on demand. First the credentials of both plans: until the plan has changed,
            // the old jobs still run, and must find theirs.
            var change = _materials.Follow(next with
            {
                Targets = [.. next.Targets, .. before.Targets],
                Identities = next.Identities.UnionBy(before.Identities, identity => identity.Name).ToValueList(),
                Trusts = next.Trusts.UnionBy(before.Trusts, trust => trust.Name).ToValueList(),
            });
            _stack.Evidence.Follow(next);
            _addresses.Follow(merged.Own);
            _inventories.Follow(next);
            lock (_gate)
            {
                (_configuration, _targets, _targetSets) = (next, merged.Own, merged.Sets);
                Replan();
                Expedite(change);
            }

            _materials.Follow(next);
            _stack.Issuers?.KeepOnly(target => _results.Plan.Of(target) is not null);
            _results.Touch();
        }
    }

    /// <summary>Makes a new plan for the current configuration, staged credentials and addresses.</summary>
    private void Replan()
    {
        lock (_gate)
        {
            var isWhole = _addresses.IsComplete && _targetSets.All(set => set.IsKnown);
            var change = PlanChange.Between(_results.Plan, _results.Plan.Next(_targets, _materials.Handle, _addresses.Of));
            _results.Apply(change, isWhole);
            _scheduler.Apply(change);
        }
    }

    /// <summary>One plan for all lookups that end at about the same time: at the start every name has one, and a plan covers the whole fleet.</summary>
    private void ReplanSoon()
    {
        if (Interlocked.Exchange(ref _replanning, 1) == 0) _ = ReplanAsync();
    }

    private async Task ReplanAsync()
    {
        await Task.Delay(PlanDelay, _time).ConfigureAwait(false);
        Volatile.Write(ref _replanning, 0);
        await Loops.Plan.UntilDoneAsync(Replan, LogFailed, _stop).ConfigureAwait(false);
    }

    private void PlanFailed(Exception fault)
    {
        Loops.Plan.Failed();
        LogFailed(fault);
    }

    /// <summary>Shows changes of the files at once, not at the end of an interval, which can be a day.</summary>
    private void FollowMaterials(MaterialChange change)
    {
        Replan();
        Expedite(change);
    }

    /// <summary>The same for evidence of revocation.</summary>
    private void FollowEvidence(ValueList<string> trusts)
    {
        _results.Touch();
        _scheduler.Expedite(job => trusts.Contains(job.Target.Trust));
    }

    private void Expedite(MaterialChange change)
    {
        if (change.IsNothing) return;
        _scheduler.Expedite(new ChangedMaterial(change).Affects);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Planning the probes failed because of a bug in MtlsProbe; it will be tried again")]
    private partial void LogFailed(Exception fault);
}
