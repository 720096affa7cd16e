namespace MtlsProbe.Credentials;

/// <summary>
/// Follows the files behind one credential or trust bundle. A change is taken when two polls in a row read the same, so that files
/// which are being written, or of which only some are in place yet, are not judged. What was good stays in use until something
/// better is there.
/// </summary>
/// <param name="read">May hang.</param>
/// <param name="isAbsent">Whether files that are missing mean that there is nothing, and no fault; null: they are a fault.</param>
/// <param name="paths">The files, for a sentence.</param>
internal sealed class Followed<T>(
    Func<MaterialFiles> read, Func<MaterialFiles, Material<T>> decode, Func<MaterialFiles, bool>? isAbsent, string paths, TimeProvider time)
    where T : class
{
    /// <summary>How long the files may give no answer before that counts as a fault.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private volatile Material<T> _current = new(null, MaterialFiles.NoAnswer(paths));
    private volatile IReadOnlyList<T> _recent = [];
    private long? _readingSince;
    private string? _judged; // null: whatever comes is judged at once
    private string? _seen;
    private Material<T>? _told;

    /// <summary>May be read from any thread. Until the files have been read for the first time they are broken.</summary>
    public Material<T> Current => _current;

    /// <summary>The last two good ones, the newest first, also after their files are gone.</summary>
    public IReadOnlyList<T> Recent => _recent;

    /// <summary>What was current when this was last asked, if that is another one now; else null. For one thread at a time.</summary>
    public Material<T>? Replaced()
    {
        var (before, now) = (_told, _current);
        _told = now;
        return before == now ? null : before;
    }

    /// <summary>Whether a poll is under way, which may have been left hanging: no other may begin.</summary>
    public bool IsPolling
    {
        get { lock (_gate) return _readingSince is not null; }
    }

    /// <summary>Reads the files again. For one thread at a time.</summary>
    public void Poll()
    {
        lock (_gate) _readingSince = time.GetTimestamp();
        try
        {
            using var files = read();
            if (IsNews(files)) Take(files, Judge(files, _current.Good));
        }
        finally
        {
            lock (_gate) _readingSince = null;
        }
    }

    /// <summary>To be called while a poll hangs: after some time the files count as broken.</summary>
    public void ComplainOfDelay()
    {
        lock (_gate)
        {
            if (_readingSince is not { } since || time.GetElapsedTime(since) < Patience) return;
            _judged = null;
            _current = _current with { Fault = MaterialFiles.NoAnswer(paths) };
        }
    }

    private bool IsNews(MaterialFiles files)
    {
        lock (_gate)
        {
            var settled = files.Stamp == _seen || _judged is null;
            _seen = files.Stamp;
            return settled && files.Stamp != _judged;
        }
    }

    private void Take(MaterialFiles files, Material<T> judged)
    {
        lock (_gate)
        {
            _judged = files.Stamp;
            _current = judged;
        }
    }

    private Material<T> Judge(MaterialFiles files, T? lastGood)
    {
        if (isAbsent?.Invoke(files) is true) return new Material<T>(null, null);
        var fresh = decode(files);
        if (fresh.Good is { } good) _recent = [good, .. _recent.Take(1)];
        return fresh.Good is null ? fresh with { Good = lastGood } : fresh;
    }
}
