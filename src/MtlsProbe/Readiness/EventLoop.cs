using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using MtlsProbe.Posix;

namespace MtlsProbe.Readiness;

/// <summary>
/// A thread that waits for the sockets of many connections at once, and runs the code that waits for one of them itself: a connection is handled
/// without handing it to another thread and back. Such code must not block.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A loop lives as long as the process.")]
internal sealed class EventLoop
{
    /// <summary>Each runs many hundred probes a second.</summary>
    private const int Most = 8;

    private static readonly TimeProvider s_clock = TimeProvider.System; // the timers of other clocks are not here
    private static readonly Lock s_starting = new();
    private static EventLoop[]? s_all; // null until they have started
    private static EventLoop? s_withoutProbes; // null until it has started
    private static int s_next;

    [ThreadStatic]
    private static EventLoop? t_current;

    private readonly Epoll _epoll = new();
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private readonly TimerHeap _timers = new();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Thread _thread;
    private bool _mayWait; // it waits, or is about to: what comes now must wake it
    private Place[] _places = new Place[64];
    private int _count;

    private EventLoop(string name)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        try
        {
            _thread.UnsafeStart(); // nothing of the one who is first belongs to all
        }
        catch
        {
            _epoll.Dispose();
            throw;
        }
    }

    /// <summary>The loop of this thread, so that what belongs together is on one; on other threads, the next one.</summary>
    /// <inheritdoc cref="Next" path="/exception"/>
    public static EventLoop Current => t_current ?? Next();

    /// <summary>A loop that runs no probe, so that none delays its timers.</summary>
    /// <inheritdoc cref="Start" path="/exception"/>
    public static EventLoop WithoutProbes => Volatile.Read(ref s_withoutProbes) ?? StartWithoutProbes();

    /// <summary>One of the loops for probes, of which there is one for each processor. They are used in turn.</summary>
    /// <inheritdoc cref="Start" path="/exception"/>
    public static EventLoop Next()
    {
        var all = Volatile.Read(ref s_all) ?? StartAll();
        return all[(uint)Interlocked.Increment(ref s_next) % (uint)all.Length];
    }

    /// <summary>Starts all loops, so that their use cannot fail later. If only some of those for probes can start, these are all.</summary>
    /// <exception cref="SocketException">On the first use only: the process or the machine has no descriptor or thread left for a loop.</exception>
    public static void Start()
    {
        StartAll();
        StartWithoutProbes();
    }

    private static EventLoop[] StartAll()
    {
        lock (s_starting)
        {
            if (s_all is { } known) return known;
            List<EventLoop> started = [];
            try
            {
                while (started.Count < Math.Min(Environment.ProcessorCount, Most)) started.Add(new EventLoop($"probes {started.Count}"));
            }
            catch (Exception e) when (IsScarcity(e))
            {
                if (started.Count == 0) throw Scarce(e);
            }

            EventLoop[] all = [.. started];
            Volatile.Write(ref s_all, all);
            return all;
        }
    }

    private static EventLoop StartWithoutProbes()
    {
        lock (s_starting)
        {
            if (s_withoutProbes is { } known) return known;
            try
            {
                var started = new EventLoop("schedule");
                Volatile.Write(ref s_withoutProbes, started);
                return started;
            }
            catch (Exception e) when (IsScarcity(e))
            {
                throw Scarce(e);
            }
        }
    }

    private static bool IsScarcity(Exception e) => e is IOException or OutOfMemoryException or ThreadStartException;

    private static SocketException Scarce(Exception e) => new((int)SocketError.TooManyOpenSockets, e.Message);

    /// <summary>Runs the action soon, on the thread of the loop.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        Interlocked.MemoryBarrier();
        Wake();
    }

    /// <summary>Sets a timer.</summary>
    /// <param name="wait">From now; null: it is not set any more.</param>
    /// <param name="forever">It cannot be set again.</param>
    /// <returns>False: it could not be set any more.</returns>
    public bool Set(LoopTimer timer, TimeSpan? wait, bool forever = false)
    {
        bool isFirst;
        lock (_gate)
        {
            if (timer.IsDisposed) return false;
            timer.IsDisposed = forever;
            if (wait is { } due)
            {
                timer.Due = s_clock.GetTimestamp() + (long)(due.TotalSeconds * s_clock.TimestampFrequency);
                _timers.Put(timer);
            }
            else _timers.Remove(timer);

            isFirst = timer.Place == 0;
        }

        if (isFirst) Wake();
        return true;
    }

    /// <summary>Reports the changes of a socket from now on. It is forgotten with <see cref="Forget"/>, after which the socket may be closed.</summary>
    /// <returns>Its place, for <see cref="Forget"/>.</returns>
    /// <exception cref="IOException">The kernel has no memory for it.</exception>
    public int Watch(Socket socket, ReadySocket receiver)
    {
        int index;
        ulong token;
        lock (_gate)
        {
            if (!_free.TryPop(out index)) index = _count++;
            if (index == _places.Length) Array.Resize(ref _places, 2 * index);
            ref var place = ref _places[index];
            place.Receiver = receiver;
            token = ((ulong)place.Uses << 32) | (uint)index;
        }

        try
        {
            _epoll.Add(socket.Handle, token);
            return index;
        }
        catch
        {
            Forget(index);
            throw;
        }
    }

    /// <summary>Changes that the kernel has reported but that are not handled yet no longer reach the receiver.</summary>
    public void Forget(int index)
    {
        lock (_gate)
        {
            _places[index].Receiver = null;
            _places[index].Uses++;
            _free.Push(index);
        }
    }

    private void Run()
    {
        t_current = this;
        Span<Readied> readied = stackalloc Readied[64];
        while (true)
        {
            Volatile.Write(ref _mayWait, true);
            Interlocked.MemoryBarrier(); // what is posted from now on wakes; what was posted before is seen here
            var count = _epoll.Wait(readied, _posted.IsEmpty ? UntilFirst() : 0);
            Volatile.Write(ref _mayWait, false);
            foreach (var one in readied[..count]) ReceiverOf(one.Token)?.Changed(one.Readable, one.Writable);
            while (Due() is { } timer) timer.Fire();
            for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var action); left--) action();
        }
    }

    /// <summary>Milliseconds until the first timer is due; -1 if there is none.</summary>
    private int UntilFirst()
    {
        lock (_gate) return _timers.First is { Due: var due } ? (int)Math.Clamp(Math.Ceiling(s_clock.GetElapsedTime(s_clock.GetTimestamp(), due).TotalMilliseconds), 0, int.MaxValue) : -1;
    }

    private LoopTimer? Due()
    {
        lock (_gate)
        {
            if (_timers.First is not { } first || first.Due > s_clock.GetTimestamp()) return null;
            _timers.Remove(first);
            return first;
        }
    }

    private void Wake()
    {
        if (Thread.CurrentThread != _thread && Interlocked.Exchange(ref _mayWait, false)) _epoll.Wake();
    }

    private ReadySocket? ReceiverOf(ulong token)
    {
        if (token == Epoll.WakeUp) return null;
        lock (_gate)
        {
            ref var place = ref _places[(int)(uint)token];
            return place.Uses == (uint)(token >> 32) ? place.Receiver : null;
        }
    }

    /// <summary>A place for one socket at a time. The number of uses tells apart events of the current one and of those before it.</summary>
    private struct Place
    {
        public ReadySocket? Receiver;
        public uint Uses;
    }
}
