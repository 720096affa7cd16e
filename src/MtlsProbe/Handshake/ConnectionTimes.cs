using System.Net.Sockets;

namespace MtlsProbe.Handshake;

/// <summary>
/// Send and receive times of one connection. They come from the kernel if it provides them, so that a delay of this process does not count as the
/// server's. Not thread-safe.
/// </summary>
/// <param name="deadline">Notified when an awaited event has come.</param>
/// <param name="delayed">Called with the delay of each event.</param>
internal sealed class ConnectionTimes(Socket socket, TimeProvider time, Deadline deadline, Action<TimeSpan> delayed)
{
    private readonly long _slack = (long)(TcpTimes.Resolution.TotalSeconds * time.TimestampFrequency);
    private Flight? _last;
    private bool _isAnswered;
    private bool _hasSpoken;
    private long _arrivedAt;
    private long _sentByKernel;

    /// <summary>From the first byte sent to the first byte received: the round trip, including the server's own time.</summary>
    public TimeSpan? FirstAnswer { get; private set; }

    /// <summary>The shortest time from sending in the handshake to the next received bytes.</summary>
    public TimeSpan? QuickestAnswer { get; private set; }

    /// <summary>The network's round trip to the TCP peer, which can be a relay near us; null if the kernel does not provide it.</summary>
    public TimeSpan? RoundTrip { get; private set; }

    /// <summary>The longest delay with which an event of this connection was handled: it shows how busy the machine is.</summary>
    public TimeSpan LongestDelay { get; private set; }

    /// <summary>Time from our last unsolicited data to the arrival of the current event; negative if it came before. Null if we have sent none.</summary>
    public TimeSpan? SinceSpoke => _hasSpoken ? Answer(_last) : null;

    /// <summary>From now on, what we send is a request, our close_notify, or the end of our stream.</summary>
    public void Speak() => _hasSpoken = true;

    /// <summary>Data were passed to the kernel.</summary>
    /// <param name="began">Timestamp of the clock before that.</param>
    public void Sent(long began)
    {
        _last = new Flight(began, time.GetTimestamp());
        _isAnswered = false;
    }

    /// <summary>Our stream was ended, which the kernel does not record.</summary>
    public void Finished(long began) => _last = new Flight(began, null);

    /// <summary>An event has arrived. Call this at once, because each further segment changes the kernel's values.</summary>
    /// <param name="bytes">0 at the end of the stream; null for a reset, for which there is no time.</param>
    public void Arrived(int? bytes)
    {
        var now = time.GetTimestamp();
        _arrivedAt = now;
        if (TcpTimes.Read(socket) is { } times)
        {
            if (times.RoundTrip > TimeSpan.Zero) RoundTrip = times.RoundTrip;
            _sentByKernel = Before(now, times.SentAgo);
            if (bytes is { } count) Late(count > 0 ? times.ReceivedAgo : times.SegmentAgo, now);
        }

        deadline.Over(_arrivedAt);
        if (bytes is null or 0) return;
        var answer = Answer(_last);
        FirstAnswer ??= answer;
        if (!_hasSpoken && !_isAnswered && !(answer > QuickestAnswer)) QuickestAnswer = answer;
        _isAnswered = true;
    }

    /// <summary>A wait of ours has ended this much too late.</summary>
    public void Delayed(TimeSpan delay)
    {
        Note(delay);
        deadline.Over(Before(time.GetTimestamp(), delay));
    }

    private void Late(TimeSpan age, long now)
    {
        _arrivedAt = Before(now, age);
        Note(age);
    }

    private void Note(TimeSpan delay)
    {
        delayed(delay);
        if (delay > LongestDelay) LongestDelay = delay;
    }

    private TimeSpan? Answer(Flight? flight) => flight is { } sent ? time.GetElapsedTime(SentAt(sent), _arrivedAt) : null;

    /// <summary>The kernel's value if plausible; otherwise an upper bound.</summary>
    private long SentAt(Flight flight) =>
        flight.Ended is { } ended && _sentByKernel >= flight.Began - _slack && _sentByKernel <= ended + _slack
            ? Math.Clamp(_sentByKernel, flight.Began, ended)
            : flight.Began;

    private long Before(long timestamp, TimeSpan age) => timestamp - (long)(age.TotalSeconds * time.TimestampFrequency);

    /// <summary>What we sent in one call, as timestamps of the clock.</summary>
    /// <param name="Began">Before it was passed to the kernel.</param>
    /// <param name="Ended">When the kernel sent it; null if the kernel does not record that.</param>
    private readonly record struct Flight(long Began, long? Ended);
}
