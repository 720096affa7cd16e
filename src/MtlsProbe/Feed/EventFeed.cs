using MtlsProbe.Text;

namespace MtlsProbe.Feed;

/// <summary>The last changes of the fleet, always bounded. Thread-safe; it never blocks.</summary>
internal sealed class EventFeed
{
    /// <summary>Older ones are dropped, those of handshakes first.</summary>
    public const int Most = 2000;

    /// <summary>
    /// How many of these are reserved for changes that are not about a handshake. Changes of handshakes come in thousands at once, and must
    /// not displace the change that caused them.
    /// </summary>
    public const int MostOfOthers = 500;

    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Queue<FleetEvent> _handshakes = new();
    private readonly Queue<FleetEvent> _others = new();
    private readonly long _first;
    private IReadOnlyList<FleetEvent>? _all = [];
    private long _last;
    private long _version;

    public EventFeed(TimeProvider time)
    {
        _time = time;
        _first = _last = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000; // larger than the numbers of an earlier process, and smaller than the largest integer of JavaScript
    }

    /// <summary>Called after each event, on the thread that reported it. Must return at once.</summary>
    public Action? Added { get; set; }

    /// <summary>It increases with each change.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<FleetEvent> All
    {
        get { lock (_gate) return _all ??= [.. _handshakes.Concat(_others).OrderBy(one => one.Number)]; }
    }

    /// <summary>Adds an event. Its number is set here, and its time if it has none.</summary>
    public void Add(FleetEvent told)
    {
        lock (_gate)
        {
            Keep(Bounded(told) with { Number = ++_last, At = told.At == default ? _time.GetUtcNow() : told.At });
            Changed();
        }

        Added?.Invoke();
    }

    /// <summary>Adds the events of an earlier process before those of this one.</summary>
    /// <param name="earlier">Oldest first.</param>
    public void Restore(IReadOnlyList<FleetEvent> earlier)
    {
        List<FleetEvent> restored = [.. earlier.Select((one, i) => Bounded(one) with { Number = _first - earlier.Count + i + 1 })];
        lock (_gate)
        {
            List<FleetEvent> own = [.. _handshakes.Concat(_others).OrderBy(one => one.Number)];
            _handshakes.Clear();
            _others.Clear();
            foreach (var one in restored.Concat(own)) Keep(one);
            Changed();
        }
    }

    private void Keep(FleetEvent one)
    {
        (one.Topic is EventTopic.State or EventTopic.Certificate ? _handshakes : _others).Enqueue(one);
        if (_handshakes.Count + _others.Count > Most) (_others.Count > MostOfOthers || _handshakes.Count == 0 ? _others : _handshakes).Dequeue();
    }

    private static FleetEvent Bounded(FleetEvent told) => told with { Text = VisibleText.Of(told.Text, FleetEvent.Longest, ascii: false) };

    private void Changed()
    {
        _all = null;
        Interlocked.Increment(ref _version);
    }
}
