using MtlsProbe.Config;
using MtlsProbe.Files;
using MtlsProbe.Loops;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// Detects changes of the content of the configuration file, and of the target files that it names, by reading them: this works on every file
/// system and with the symlink swaps of Kubernetes, and ignores a file that was only touched.
/// </summary>
internal sealed class ConfigurationWatch
{
    private readonly Loop _loop;
    private readonly FileFollower _follower;
    private readonly Lock _gate = new();
    private ValueList<string> _targetFiles;
    private volatile bool _isNew;
    private volatile bool _hasComplained;

    /// <param name="loaded">What is in use.</param>
    public ConfigurationWatch(string file, ConfigurationResult loaded, Loop loop)
    {
        (_loop, _targetFiles) = (loop, loaded.TargetFiles);
        _follower = new FileFollower(() => Look(file), _ => _isNew = true, loop.Time)
        {
            Stamp = files => TextFile.Fingerprint(files.Files),
            Known = loaded.Fingerprint,
            NoAnswer = Complain,
            Failed = _ =>
            {
                loop.Failed();
                _isNew = true; // loading it says what is the matter
            },
        };
    }

    /// <summary>To be called whenever the file has been loaded by any caller: this content is known, good or bad.</summary>
    public void MarkLoaded(ConfigurationResult loaded)
    {
        _isNew = false;
        lock (_gate) _targetFiles = loaded.TargetFiles;
        _follower.Know(loaded.Fingerprint);
    }

    /// <summary>Calls <paramref name="reload"/> for each new content, until it has been loaded.</summary>
    /// <param name="failed">Called with unexpected errors; the file is still followed.</param>
    public Task RunAsync(Func<Task> reload, Action<Exception> failed, CancellationToken stop) =>
        FilePolls.RunAsync(() => [_follower], () => _isNew ? reload() : Task.CompletedTask, failed, _loop, stop);

    private FileSet Look(string file)
    {
        ValueList<string> more;
        lock (_gate) more = _targetFiles;
        var found = TargetFiles.Look(file, more);
        _hasComplained = false;
        return found;
    }

    /// <summary>Once, since each attempt to load it waits for the file.</summary>
    private void Complain()
    {
        if (_hasComplained) return;
        _hasComplained = true;
        _isNew = true;
    }
}
