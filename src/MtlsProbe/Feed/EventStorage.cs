using MtlsProbe.Model;

namespace MtlsProbe.Feed;

/// <summary>
/// Saves the feed in a file, on a separate thread: a hanging disk delays nothing else. An error is logged once, and writing is tried again from time
/// to time; meanwhile the feed is in memory only.
/// </summary>
internal sealed partial class EventStorage : IDisposable
{
    /// <summary>The pause after a failure.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    /// <summary>A disk that has not answered for this long hangs.</summary>
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(30);

    /// <summary>How long the end of the process waits for the disk.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly EventFeed _feed;
    private readonly EventFile _file;
    private readonly TimeProvider _time;
    private readonly ILogger<EventStorage> _log;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private StorageState _state;
    private bool _isRead;
    private bool _isTold;
    private long _written;
    private long _turnSince; // 0: no write is in progress
    private bool _ends;

    public EventStorage(EventFeed feed, string directory, TimeProvider time, ILogger<EventStorage> log)
    {
        (_feed, _time, _log) = (feed, time, log);
        _file = new EventFile(directory);
        _state = new StorageState(_file.Path, null, null);
        feed.Added = Wake;
        _thread = new Thread(Work) { IsBackground = true, Name = "feed" };
    }

    /// <summary>Correct even while a write hangs with the disk, which no other sign would show.</summary>
    public StorageState State =>
        Interlocked.Read(ref _turnSince) is not 0 and var since && _time.GetElapsedTime(since) is var waited && waited > s_slow && Known is { Fault: null } known
            ? known with { Fault = FormattableString.Invariant($"the disk has not answered for {s_slow.TotalSeconds:0} s"), Since = _time.GetUtcNow() - waited }
            : Known;

    private StorageState Known => Volatile.Read(ref _state);

    public void Start() => _thread.Start();

    /// <summary>Reads the existing file the first time, and writes new events. Never throws.</summary>
    public void Turn()
    {
        Interlocked.Exchange(ref _turnSince, Math.Max(1, _time.GetTimestamp()));
        try
        {
            if (!_isRead) _feed.Restore(_file.Read());
            _isRead = true;
            var all = _feed.All;
            List<FleetEvent> added = [.. all.Where(one => one.Number > _written)];
            if (added.Count > 0) _file.Append(added, all);
            _written = all.Count > 0 ? all[^1].Number : 0;
            if (Known.Fault is null) return;
            LogWorks(_file.Path);
            Volatile.Write(ref _state, Known with { Fault = null, Since = _time.GetUtcNow() });
        }
        catch (Exception fault) // unexpected errors too: they affect the file, not the process
        {
            _file.Close();
            _written = 0;
            if (Known.Fault is null) LogFails(_file.Path, fault.Message);
            Volatile.Write(ref _state, Known with { Fault = fault.Message, Since = Known.Fault is null ? _time.GetUtcNow() : Known.Since });
        }
        finally
        {
            Interlocked.Exchange(ref _turnSince, 0);
        }
    }

    public void Dispose()
    {
        _feed.Added = null;
        lock (_gate)
        {
            _ends = true;
            Monitor.PulseAll(_gate);
        }

        if (_thread.IsAlive && !_thread.Join(s_patience)) return; // it hangs with the disk, and ends with the process
        _file.Dispose();
    }

    private void Work()
    {
        var isLast = false;
        while (!isLast)
        {
            lock (_gate)
            {
                isLast = _ends;
                _isTold = false;
            }

            Turn();
            lock (_gate)
            {
                if (_ends || (_isTold && Known.Fault is null)) continue;
                if (Known.Fault is null) Monitor.Wait(_gate);
                else Monitor.Wait(_gate, s_pause); // not at each change: the disk has enough to do
            }
        }
    }

    /// <summary>While the file cannot be written, a timer wakes the thread, and changes do not.</summary>
    private void Wake()
    {
        lock (_gate)
        {
            _isTold = true;
            if (Known.Fault is null) Monitor.PulseAll(_gate);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} cannot be written: {Fault}. Until it can, the changes of the fleet are in memory only; probes are not affected")]
    private partial void LogFails(string path, string fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} can be written again, and has all changes that are in memory")]
    private partial void LogWorks(string path);
}
