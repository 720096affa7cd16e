using System.Net;
using System.Net.Sockets;

namespace MtlsProbe.Handshake;

/// <summary>
/// Resolves names by the rules of the system (getaddrinfo: hosts file, DNS, search domains). That call blocks and cannot be cancelled, so it runs on
/// separate threads, never on the pool. Concurrent lookups of one name are shared. If a lookup takes long, its name moves to a second lane, and
/// another thread may start while it waits. Names behind a dead DNS server therefore delay only each other.
/// </summary>
internal sealed class Resolver(TimeProvider time, Func<string, IPAddress[]> lookUp, Action<Thread> start)
{
    /// <summary>Maximum concurrent lookups per lane; a waiting getaddrinfo costs little except its stack.</summary>
    public const int PerLane = 64;

    /// <summary>Maximum number of threads: those of the lanes, and those with a lookup that has turned out to be slow.</summary>
    public const int MaxThreads = 512;

    /// <summary>After a lookup that takes longer than this, the name uses the slow lane.</summary>
    public static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    /// <summary>If there are more names than this, all are forgotten at once: a limit on memory, not a cache policy.</summary>
    private const int MaxSlowNames = 50_000;

    private const int StackBytes = 256 * 1024;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private readonly Dictionary<string, Lookup> _underWay = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _slowNames = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lane _promptLane = new();
    private readonly Lane _slowLane = new();
    private int _threads;
    private int _idle; // threads that wait for work, or are about to look for it

    /// <summary>Uses the resolver of the system.</summary>
    public Resolver(TimeProvider time)
        : this(time, Dns.GetHostAddresses, thread => thread.Start())
    {
    }

    /// <summary>The addresses of a name, in the order of the system's preference.</summary>
    /// <exception cref="SocketException">The lookup failed; the code says whether the name does not exist.</exception>
    /// <exception cref="OperationCanceledException">The caller stopped waiting; the lookup itself continues for others.</exception>
    public Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancellation)
    {
        Lookup? lookup;
        lock (_gate)
        {
            if (!_underWay.TryGetValue(name, out lookup))
            {
                lookup = new Lookup(name, _slowNames.Contains(name) ? _slowLane : _promptLane);
                _underWay.Add(name, lookup);
                lookup.Lane.Waiting.Enqueue(lookup);
                Staff();
            }

            lookup.Waiters++;
        }

        return AwaitAsync(lookup, cancellation);
    }

    private async Task<IPAddress[]> AwaitAsync(Lookup lookup, CancellationToken cancellation)
    {
        try
        {
            return await lookup.Answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) lookup.Waiters--;
        }
    }

    /// <summary>Makes sure that a thread does the pending work. Called whenever there is more; the caller holds the gate.</summary>
    private void Staff()
    {
        var ready = _promptLane.Ready + _slowLane.Ready;
        if (_idle >= ready) Monitor.Pulse(_gate);
        else if (_threads < MaxThreads && !TryStartThread() && _threads == 0)
        {
            // No thread would ever process it.
            Fail(_promptLane);
            Fail(_slowLane);
        }
    }

    /// <summary>False if the system cannot start a thread: a limit on processes, or on memory.</summary>
    private bool TryStartThread()
    {
        try
        {
            start(new Thread(Work, StackBytes) { IsBackground = true, Name = "dns" });
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            return false;
        }

        _threads++;
        _idle++;
        return true;
    }

    private void Fail(Lane lane)
    {
        while (lane.Waiting.TryDequeue(out var lookup))
        {
            _underWay.Remove(lookup.Name);
            lookup.End([], new SocketException((int)SocketError.TryAgain, "no thread could be started for the look-up"));
        }
    }

    private void Work()
    {
        while (Next() is { } lookup) Run(lookup);
    }

    /// <summary>Null if there was no work for a while; the thread must then end.</summary>
    private Lookup? Next()
    {
        lock (_gate)
        {
            while (true)
            {
                if (Take(_promptLane) is { } prompt) return prompt;
                if (Take(_slowLane) is { } slow) return slow;
                if (Monitor.Wait(_gate, s_idle) || _promptLane.Ready + _slowLane.Ready > 0) continue;
                _idle--;
                _threads--;
                return null;
            }
        }
    }

    private Lookup? Take(Lane lane)
    {
        while (lane.Ready > 0)
        {
            var lookup = lane.Waiting.Dequeue();
            if (lookup.Waiters > 0)
            {
                _idle--;
                lane.Running++;
                return lookup;
            }

            // All callers gave up while it waited for a thread. No one can join it after it has left the table.
            _underWay.Remove(lookup.Name);
        }

        return null;
    }

    private void Run(Lookup lookup)
    {
        var began = time.GetTimestamp();
        IPAddress[] addresses = [];
        Exception? fault = null;
        using (time.CreateTimer(_ => MakeRoom(lookup), null, Slow, Timeout.InfiniteTimeSpan))
        {
            try
            {
                addresses = lookUp(lookup.Name);
            }
            catch (Exception e) when (e is SocketException or ArgumentException)
            {
                fault = e as SocketException ?? new SocketException((int)SocketError.HostNotFound);
            }
        }

        lock (_gate)
        {
            _underWay.Remove(lookup.Name);
            if (time.GetElapsedTime(began) > Slow) NoteSlow(lookup.Name);
            else if (!lookup.HasMadeRoom) _slowNames.Remove(lookup.Name);
            if (!lookup.HasMadeRoom) lookup.Lane.Running--;
            lookup.HasEnded = true;
            _idle++;
        }

        lookup.End(addresses, fault);
    }

    /// <summary>
    /// A lookup that takes long counts as slow from now on, and not only when it has ended: until then it would keep others from a thread.
    /// </summary>
    private void MakeRoom(Lookup lookup)
    {
        lock (_gate)
        {
            if (lookup.HasEnded) return;
            NoteSlow(lookup.Name);
            if (lookup.Lane == _slowLane) return;
            lookup.HasMadeRoom = true;
            lookup.Lane.Running--;
            Staff();
        }
    }

    private void NoteSlow(string name)
    {
        if (_slowNames.Count >= MaxSlowNames) _slowNames.Clear();
        _slowNames.Add(name);
    }

    private sealed class Lookup(string name, Lane lane)
    {
        public string Name => name;

        public Lane Lane => lane;

        public TaskCompletionSource<IPAddress[]> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Waiters { get; set; }

        /// <summary>It no longer counts for its lane.</summary>
        public bool HasMadeRoom { get; set; }

        public bool HasEnded { get; set; }

        public void End(IPAddress[] addresses, Exception? fault)
        {
            if (fault is not null) Answer.SetException(fault);
            else Answer.SetResult(addresses);
            _ = Answer.Task.Exception; // observes the exception, because every waiter may have left
        }
    }

    private sealed class Lane
    {
        public Queue<Lookup> Waiting { get; } = new();

        public int Running { get; set; }

        /// <summary>How many lookups could begin now.</summary>
        public int Ready => Math.Min(Waiting.Count, PerLane - Running);
    }
}
