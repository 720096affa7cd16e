using MtlsProbe.Text;

namespace MtlsProbe.Feed;

/// <summary>The last changes of the fleet. Bounded, whatever happens. Thread-safe, and nobody waits in it.</summary>
internal sealed class EventFeed
{
    /// <summary>Older ones are forgotten.</summary>
    public const int Most = 2000;

    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Queue<FleetEvent> _events = new();
    private readonly long _first;
    private IReadOnlyList<FleetEvent>? _all = [];
    private long _last;
    private long _version;

    public EventFeed(TimeProvider time)
    {
        _time = time;
        _first = _last = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000; // after those of an earlier process, and below what JavaScript can count
    }

    /// <summary>Called after each event, on the thread that told of it. Has to return at once.</summary>
    public Action? Added { get; set; }

    /// <summary>Another one after each change; it only grows.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<FleetEvent> All
    {
        get { lock (_gate) return _all ??= [.. _events]; }
    }

    /// <summary>Takes an event; its number is given here, and its time where it has none.</summary>
    public void Add(FleetEvent told)
    {
        lock (_gate)
        {
            _events.Enqueue(Bounded(told) with { Number = ++_last, At = told.At == default ? _time.GetUtcNow() : told.At });
            while (_events.Count > Most) _events.Dequeue();
            Changed();
        }

        Added?.Invoke();
    }

    /// <summary>Takes what an earlier process told, before everything of this one.</summary>
    /// <param name="earlier">Oldest first.</param>
    public void Restore(IReadOnlyList<FleetEvent> earlier)
    {
        lock (_gate)
        {
            List<FleetEvent> own = [.. _events];
            List<FleetEvent> kept = [.. earlier.TakeLast(Most - own.Count)];
            _events.Clear();
            for (var i = 0; i < kept.Count; i++) _events.Enqueue(Bounded(kept[i]) with { Number = _first - kept.Count + i + 1 });
            foreach (var one in own) _events.Enqueue(one);
            Changed();
        }
    }

    private static FleetEvent Bounded(FleetEvent told) => told with { Text = VisibleText.Of(told.Text, FleetEvent.Longest, ascii: false) };

    private void Changed()
    {
        _all = null;
        Interlocked.Increment(ref _version);
    }
}
