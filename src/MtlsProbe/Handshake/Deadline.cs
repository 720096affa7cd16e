using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// The end of a probe. Its timeout is for the network and the server. Time that this process itself needs, because the machine is busy or code is
/// compiled, is added, up to a limit. Waits are reported here when they begin and end; the rest is our own time.
/// </summary>
internal sealed class Deadline : IDisposable
{
    /// <summary>How long received data may take to be handled before the deadline is checked again.</summary>
    private static readonly TimeSpan Handling = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ProbeTime _limits;
    private readonly CancellationTokenSource _stop;
    private readonly ITimer _timer;
    private readonly long _start;
    private TimeSpan _waited;
    private long? _waitingSince;
    private Func<bool>? _hasCome;

    /// <param name="cancellation">The cancellation of the caller.</param>
    public Deadline(ProbeTime limits, TimeProvider time, CancellationToken cancellation)
    {
        (_limits, _time, _start) = (limits, time, time.GetTimestamp());
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _timer = time.CreateTimer(_ => Due(), null, Whole(limits.Timeout), System.Threading.Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled at the deadline, and when the caller stops.</summary>
    public CancellationToken Token => _stop.Token;

    public TimeSpan Timeout => _limits.Timeout;

    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>The time until the deadline, by the current state.</summary>
    public TimeSpan Left
    {
        get
        {
            lock (_gate)
            {
                var elapsed = Elapsed;
                var end = _limits.Timeout + Own(elapsed);
                return (end < _limits.Most ? end : _limits.Most) - elapsed;
            }
        }
    }

    /// <summary>From now on, the time counts for the other side. Calling this again has no effect.</summary>
    /// <param name="hasCome">
    /// Whether the awaited event has arrived in the kernel. Called at the deadline, on another thread: an event that has arrived but is not handled
    /// is late because of us.
    /// </param>
    public void Wait(Func<bool>? hasCome = null)
    {
        lock (_gate)
        {
            _waitingSince ??= _time.GetTimestamp();
            _hasCome = hasCome;
        }
    }

    /// <summary>The awaited event came at this timestamp, perhaps some time ago.</summary>
    public void Over(long at)
    {
        lock (_gate)
        {
            if (_waitingSince is { } since && at > since) _waited += _time.GetElapsedTime(since, at);
            (_waitingSince, _hasCome) = (null, null);
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _stop.Dispose();
    }

    private TimeSpan Own(TimeSpan elapsed) => elapsed - _waited - (_waitingSince is { } since ? _time.GetElapsedTime(since) : TimeSpan.Zero);

    private bool IsUnhandled()
    {
        lock (_gate) return _hasCome?.Invoke() == true;
    }

    private void Due()
    {
        var left = Left;
        if (left <= TimeSpan.Zero && IsUnhandled())
        {
            var longest = _limits.Most - Elapsed;
            left = longest < Handling ? longest : Handling;
        }

        try
        {
            if (left > TimeSpan.Zero) _timer.Change(Whole(left), System.Threading.Timeout.InfiniteTimeSpan);
            else _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The probe has just ended.
        }
    }

    /// <summary>Rounded up: timers have whole milliseconds, and one that fires early would only be set again.</summary>
    private static TimeSpan Whole(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(wait.TotalMilliseconds)));
}
