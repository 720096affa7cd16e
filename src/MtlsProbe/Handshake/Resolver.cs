using System.Net;
using System.Net.Sockets;

namespace MtlsProbe.Handshake;

/// <summary>
/// Names to addresses by the system's own rules (getaddrinfo: hosts file, DNS, search domains). It blocks and cannot be cancelled,
/// so it runs on threads of its own, never on the pool; look-ups of one name that are under way are shared. A name whose look-up was
/// slow moves to a lane of its own, so that names behind a dead DNS server hold up each other and nobody else.
/// </summary>
internal sealed class Resolver(TimeProvider time)
{
    /// <summary>Threads per lane; a waiting getaddrinfo costs little but its stack.</summary>
    private const int ThreadsPerLane = 64;

    /// <summary>A look-up that takes longer than this sends its name to the slow lane the next time.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    /// <summary>More names than this are forgotten at once: a bound on memory, not a cache policy.</summary>
    private const int MaxSlowNames = 50_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lookup> _underWay = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _slowNames = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lane _prompt = new("dns");
    private readonly Lane _slow = new("dns-slow");

    /// <summary>The addresses of a name in the order of the system's preference.</summary>
    /// <exception cref="SocketException">The look-up failed; the code says whether the name does not exist.</exception>
    /// <exception cref="OperationCanceledException">The caller stopped waiting; the look-up itself goes on for others.</exception>
    public Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancellation)
    {
        Lookup? lookup;
        lock (_gate)
        {
            if (!_underWay.TryGetValue(name, out lookup))
            {
                lookup = new Lookup(name);
                _underWay.Add(name, lookup);
                (_slowNames.Contains(name) ? _slow : _prompt).Add(() => Run(lookup));
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

    private void Run(Lookup lookup)
    {
        lock (_gate)
        {
            if (lookup.Waiters == 0)
            {
                // Everybody gave up while it waited for a thread. Nobody can join any more once it is out of the table.
                _underWay.Remove(lookup.Name);
                return;
            }
        }

        var start = time.GetTimestamp();
        IPAddress[] addresses = [];
        Exception? fault = null;
        try
        {
            addresses = Dns.GetHostAddresses(lookup.Name);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            fault = e as SocketException ?? new SocketException((int)SocketError.HostNotFound);
        }

        var slow = time.GetElapsedTime(start) > Slow;
        lock (_gate)
        {
            _underWay.Remove(lookup.Name);
            if (!slow) _slowNames.Remove(lookup.Name);
            else
            {
                if (_slowNames.Count >= MaxSlowNames) _slowNames.Clear();
                _slowNames.Add(lookup.Name);
            }
        }

        if (fault is not null) lookup.Answer.SetException(fault);
        else lookup.Answer.SetResult(addresses);
        _ = lookup.Answer.Task.Exception; // observed, in case every waiter has left
    }

    private sealed class Lookup(string name)
    {
        public string Name => name;

        public TaskCompletionSource<IPAddress[]> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Waiters { get; set; }
    }

    /// <summary>A queue with up to <see cref="ThreadsPerLane"/> threads, which end when there has been no work for a while.</summary>
    private sealed class Lane(string name)
    {
        private const int StackBytes = 256 * 1024;
        private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);

        private readonly object _gate = new();
        private readonly Queue<Action> _work = new();
        private int _threads;
        private int _idle;

        public void Add(Action work)
        {
            lock (_gate)
            {
                _work.Enqueue(work);
                if (_idle >= _work.Count) Monitor.Pulse(_gate);
                else if (_threads < ThreadsPerLane)
                {
                    _threads++;
                    new Thread(Loop, StackBytes) { IsBackground = true, Name = name }.Start();
                }
            }
        }

        private void Loop()
        {
            while (true)
            {
                Action work;
                lock (_gate)
                {
                    _idle++;
                    while (_work.Count == 0)
                    {
                        if (Monitor.Wait(_gate, Idle) || _work.Count > 0) continue;
                        _idle--;
                        _threads--;
                        return;
                    }

                    _idle--;
                    work = _work.Dequeue();
                }

                work();
            }
        }
    }
}
