using MtlsProbe.Config;
using MtlsProbe.Feed;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// The configuration file as the first source of targets. It is read again when its content changes, and on request. A bad file changes nothing; a
/// good one is applied as a whole, with the identities and trust bundles that its targets name.
/// </summary>
internal sealed class ConfigurationSource : ITargetSource, IDisposable
{
    private readonly string _file;
    private readonly Protocols _protocols;
    private readonly TimeProvider _time;
    private readonly ReloadLog _log;
    private readonly Loop _loop;
    private readonly ConfigurationWatch _watch;
    private readonly SemaphoreSlim _reloading = new(1);
    private readonly Lock _gate = new();
    private LoadedConfiguration _loaded;
    private Task<ReloadOutcome>? _next; // that has not begun to read yet

    /// <param name="initial">A good configuration as read from <paramref name="file"/>.</param>
    /// <param name="shard">Whose targets have events of their own; null: all.</param>
    public ConfigurationSource(string file, ConfigurationResult initial, Loop loop, ILogger<ReloadLog> log, EventFeed? events = null, Shard? shard = null)
    {
        (_file, _protocols, _time, _log) = (file, initial.Protocols, loop.Time, new ReloadLog(log, events, shard));
        _loop = loop;
        _watch = new ConfigurationWatch(file, initial, loop);
        var configuration = initial.Configuration!;
        _loaded = new LoadedConfiguration(configuration, new TargetSet(file).Found(configuration.Targets, _time.GetUtcNow()), initial.FoundTargets!);
    }

    /// <summary>The configuration that is in use, and its targets with the state of the file.</summary>
    public LoadedConfiguration Loaded => Volatile.Read(ref _loaded);

    public TargetSet Current => Loaded.Set;

    public Task RunAsync(Action changed, CancellationToken stop) => _watch.RunAsync(() => ReloadAsync(changed), fault => _log.Failed(fault, _file), stop);

    /// <summary>Reads the file again. One reload runs at a time, and all requests during it share the next. Never throws.</summary>
    /// <param name="changed">Applies <see cref="Loaded"/>; the same for all.</param>
    public Task<ReloadOutcome> ReloadAsync(Action changed)
    {
        lock (_gate)
        {
            if (_next is not null) return _next;
            if (!_reloading.Wait(TimeSpan.Zero)) return _next = ReloadNextAsync(changed);
        }

        return Task.FromResult(Reload(changed));
    }

    private async Task<ReloadOutcome> ReloadNextAsync(Action changed)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // the caller holds the lock
        await _reloading.WaitAsync().ConfigureAwait(false);
        lock (_gate) _next = null; // later requests need the content of that time
        return Reload(changed);
    }

    /// <summary>For the holder of the semaphore, which is released.</summary>
    private ReloadOutcome Reload(Action changed)
    {
        var before = Loaded;
        try
        {
            var read = ConfigurationFile.Load(_file, _protocols, isFollowed: true);
            _watch.MarkLoaded(read);
            if (read.Configuration is not { } next) return Refused(before, read.Errors, changed);

            Volatile.Write(ref _loaded, new LoadedConfiguration(next, before.Set.Found(next.Targets, _time.GetUtcNow()), read.FoundTargets!));
            changed();
            _log.Reloaded(_file, before.Configuration, next);
            foreach (var where in read.FitNothing) _log.FitsNothing(_file, where);
            return new ReloadOutcome(true, []);
        }
        catch (Exception fault)
        {
            _loop.Failed();
            _log.Failed(fault, _file);
            return Refused(before, [new ConfigurationError(_file, 0, 0, "", $"was not applied: a bug in MtlsProbe, {fault.GetType().Name}; the log has more", null)], changed);
        }
        finally
        {
            _reloading.Release();
        }
    }

    public void Dispose() => _reloading.Dispose();

    /// <summary>What was in use before stays so, or comes back.</summary>
    private ReloadOutcome Refused(LoadedConfiguration before, ValueList<ConfigurationError> errors, Action changed)
    {
        Volatile.Write(ref _loaded, before with { Set = before.Set.Failed(errors[0].ToString(), _time.GetUtcNow()), Errors = errors });
        try
        {
            changed();
        }
        catch (Exception fault)
        {
            _log.Failed(fault, _file);
        }

        _log.Refused(_file, errors);
        return new ReloadOutcome(false, errors);
    }
}

/// <summary>A configuration in use.</summary>
/// <param name="Set">Its targets, and the state of its file.</param>
/// <param name="FoundTargets">How the findings of its discovery sources are read.</param>
internal sealed record LoadedConfiguration(Configuration Configuration, TargetSet Set, FoundTargetRules FoundTargets)
{
    /// <summary>What is wrong with the present content of the file; empty if that is in use.</summary>
    public ValueList<ConfigurationError> Errors { get; init; } = [];
}
