namespace MtlsProbe.Files;

/// <summary>
/// Follows related files by their content. A change counts when two polls in a row read the same content. Files that are still being written, or of
/// which some are missing, are therefore not used.
/// </summary>
/// <param name="read">Can hang.</param>
/// <param name="take">Called once with each new content, on the polling thread, which can be one that was hanging before.</param>
internal sealed class FileFollower(Func<FileSet> read, Action<FileSet> take, TimeProvider time)
{
    /// <summary>How long the files can fail to answer before this counts as a fault.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private long? _readingSince;
    private string? _taken; // null: the next content is used at once
    private string? _seen;
    private long? _unsettledSince;
    private bool _again;

    /// <summary>Called at each poll if the files have not answered for longer than <see cref="Patience"/>; null: not reported.</summary>
    public Action? NoAnswer { get; init; }

    /// <summary>Called with unexpected errors; the files are read again at the next poll.</summary>
    public required Action<Exception> Failed { get; init; }

    /// <summary>Equal for two reads with the same meaning.</summary>
    public Func<FileSet, string> Stamp { get; init; } = files => files.Stamp;

    /// <summary>The stamp of a content that is already in use; null: the first content counts at once.</summary>
    public string? Known
    {
        init => _taken = _seen = value;
    }

    /// <summary>Whether a poll is in progress; it may hang. No other may begin.</summary>
    public bool IsPolling
    {
        get { lock (_gate) return _readingSince is not null; }
    }

    /// <summary>Whether each poll for longer than <see cref="Patience"/> has read another content, so that none of them counts.</summary>
    public bool IsUnsettled
    {
        get { lock (_gate) return _unsettledSince is { } since && time.GetElapsedTime(since) >= Patience; }
    }

    /// <summary>Call this when other code has used a content: it then counts as known, whatever the result was.</summary>
    public void Know(string stamp)
    {
        lock (_gate) _taken = stamp;
    }

    /// <summary>
    /// Makes the current content count as new: it is used again as soon as two polls in a row read the same, even if it is being used at the moment.
    /// </summary>
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
            Know(stamp); // a fault that was reported while it was read has ended
        }
        catch (Exception e) // even if there is no memory: there may be at the next poll
        {
            lock (_gate) _taken = null;
            Failed(e);
        }
        finally
        {
            lock (_gate) _readingSince = null;
        }
    }

    /// <summary>Call this while a poll hangs: after some time the files count as broken.</summary>
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
            _unsettledSince = settled ? null : _unsettledSince ?? time.GetTimestamp();
            if (!settled || (stamp == _taken && !_again)) return false;
            (_taken, _again) = (stamp, false);
            return true;
        }
    }
}
