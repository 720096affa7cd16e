namespace MtlsProbe.Readiness;

/// <summary>Timers in the order of their time; any of them can be moved or removed. Not thread-safe.</summary>
internal sealed class TimerHeap
{
    private LoopTimer[] _timers = new LoopTimer[64]; // a binary heap: no timer is due before its parent, which is at half its index
    private int _count;

    /// <summary>The timer that is due first; null if there is none.</summary>
    public LoopTimer? First => _count > 0 ? _timers[0] : null;

    /// <summary>Puts the timer where its time belongs, whether it is in the heap or not.</summary>
    public void Put(LoopTimer timer)
    {
        if (timer.Place < 0)
        {
            if (_count == _timers.Length) Array.Resize(ref _timers, 2 * _count);
            timer.Place = _count++;
        }

        Rise(timer.Place, timer);
        Sink(timer.Place, timer);
    }

    /// <summary>Does nothing if the timer is not in the heap.</summary>
    public void Remove(LoopTimer timer)
    {
        if (timer.Place < 0) return;
        var (place, last) = (timer.Place, _timers[--_count]);
        _timers[_count] = null!;
        timer.Place = -1;
        if (last == timer) return;
        last.Place = place;
        Rise(place, last);
        Sink(last.Place, last);
    }

    private void Rise(int place, LoopTimer timer)
    {
        while (place > 0 && _timers[(place - 1) / 2] is var parent && parent.Due > timer.Due)
        {
            Set(place, parent);
            place = (place - 1) / 2;
        }

        Set(place, timer);
    }

    private void Sink(int place, LoopTimer timer)
    {
        while ((2 * place) + 1 is var child && child < _count)
        {
            if (child + 1 < _count && _timers[child + 1].Due < _timers[child].Due) child++;
            if (_timers[child].Due >= timer.Due) break;
            Set(place, _timers[child]);
            place = child;
        }

        Set(place, timer);
    }

    private void Set(int place, LoopTimer timer)
    {
        _timers[place] = timer;
        timer.Place = place;
    }
}
