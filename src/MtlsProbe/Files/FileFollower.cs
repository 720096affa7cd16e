namespace MtlsProbe.Files;

/// <summary>
/// Follows some files that belong together, by their content. A change is taken when two polls in a row read the same, so that files
/// which are being written, or of which only some are in place yet, are not judged.
/// </summary>
/// <param name="read">May hang.</param>
/// <param name="take">Told each new content once, on the thread that polls; that may be one that was left hanging before.</param>
internal sealed class FileFollower(Func<FileSet> read, Action<FileSet> take, TimeProvider time)
{
    /// <summary>How long the files may give no answer before that counts as a fault.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private long? _readingSince;
    private string? _taken; // null: whatever comes is taken at once
    private string? _seen;
    private bool _again;

    /// <summary>Told at each poll that finds the files without an answer for longer than <see cref="Patience"/>; null: nobody wants to know.</summary>
    public Action? NoAnswer { get; init; }

    /// <summary>Told what nobody foresaw; the files are taken again at the next poll.</summary>
    public required Action<Exception> Failed { get; init; }

    /// <summary>What two readings that mean the same have in common.</summary>
    public Func<FileSet, string> Stamp { get; init; } = files => files.Stamp;

    /// <summary>The stamp of a content that somebody has taken already; null: whatever comes first is taken at once.</summary>
    public string? Known
    {
        init => _taken = _seen = value;
    }

    /// <summary>Whether a poll is under way, which may have been left hanging: no other may begin.</summary>
    public bool IsPolling
    {
        get { lock (_gate) return _readingSince is not null; }
    }

    /// <summary>To be called when somebody else has taken a content: it is known, whatever comes of it.</summary>
    public void Know(string stamp)
    {
        lock (_gate) _taken = stamp;
    }

    /// <summary>The content is taken once more, as if it had changed: as soon as two polls in a row read the same, and also where it is being taken right now.</summary>
    public void TakeAgain()
    {
        lock (_gate) _again = true;
    }

    /// <summary>Reads the files again. For one thread at a time. Never throws.</summary>
    public void Poll()
    {
        lock (_gate) _readingSince = time.GetTimestamp();
        try
        {
            using var files = read();
            var stamp = Stamp(files);
            if (!IsNews(stamp)) return;
            take(files);
            Know(stamp); // a complaint that came while it was taken is over
        }
        catch (Exception e) // also where there is no memory, as there may be at the next poll
        {
            lock (_gate) _taken = null;
            Failed(e);
        }
        finally
        {
            lock (_gate) _readingSince = null;
        }
    }

    /// <summary>To be called while a poll hangs: after some time the files count as broken.</summary>
    public void ComplainOfDelay()
    {
        if (NoAnswer is null) return;
        lock (_gate)
        {
            if (_readingSince is not { } since || time.GetElapsedTime(since) < Patience) return;
            _taken = null;
            NoAnswer();
        }
    }

    private bool IsNews(string stamp)
    {
        lock (_gate)
        {
            var settled = stamp == _seen || _taken is null;
            _seen = stamp;
            if (!settled || (stamp == _taken && !_again)) return false;
            (_taken, _again) = (stamp, false);
            return true;
        }
    }
}
