using MtlsProbe.Config;
using MtlsProbe.Files;
using MtlsProbe.Loops;

namespace MtlsProbe.Discovery;

/// <summary>
/// Detects changes of the configuration file's content by reading it: this works on every file system and with the symlink swaps of Kubernetes, and
/// ignores a file that was only touched.
/// </summary>
internal sealed class ConfigurationWatch
{
    private readonly Loop _loop;
    private readonly FileFollower _follower;
    private volatile bool _isNew;
    private volatile bool _hasComplained;

    /// <param name="loaded">The fingerprint of the content that is in use.</param>
    public ConfigurationWatch(string file, string loaded, Loop loop)
    {
        _loop = loop;
        _follower = new FileFollower(() => Look(file), _ => _isNew = true, loop.Time)
        {
            Stamp = TextFile.Fingerprint,
            Known = loaded,
            NoAnswer = Complain,
            Failed = _ =>
            {
                loop.Failed();
                _isNew = true; // loading it says what is the matter
            },
        };
    }

    /// <summary>To be called whenever the file has been loaded by any caller: this content is known, good or bad.</summary>
    public void MarkLoaded(string fingerprint)
    {
        _isNew = false;
        _follower.Know(fingerprint);
    }

    /// <summary>Calls <paramref name="reload"/> for each new content, until it has been loaded.</summary>
    /// <param name="failed">Called with unexpected errors; the file is still followed.</param>
    public Task RunAsync(Func<Task> reload, Action<Exception> failed, CancellationToken stop) =>
        FilePolls.RunAsync(() => [_follower], () => _isNew ? reload() : Task.CompletedTask, failed, _loop, stop);

    private FileSet Look(string file)
    {
        var found = TextFile.Look(file);
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
