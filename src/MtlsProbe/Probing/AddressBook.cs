using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using MtlsProbe.Handshake;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>
/// The addresses of targets with <c>addresses: all</c>, resolved again at each target's interval. A name that does not exist no longer has addresses.
/// After any other failed lookup the known ones stay, because the servers may be healthy. Thread-safe.
/// </summary>
/// <param name="resolve">Returns the addresses of a name; throws <see cref="SocketException"/> if there are none.</param>
internal sealed partial class AddressBook(Func<string, CancellationToken, Task<IPAddress[]>> resolve, Loop loop, ILogger<AddressBook> log)
{
    /// <summary>Maximum number of concurrent lookups.</summary>
    private const int MostLookups = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private Action? _changed;
    private CancellationToken _stop;

    /// <summary>Whether every name has been looked up once.</summary>
    public bool IsComplete
    {
        get { lock (_gate) return _entries.Values.All(entry => entry.Replicas is not null); }
    }

    /// <summary>Has no wait handle, so nothing needs disposing.</summary>
    private SemaphoreSlim Lookups { get; } = new(MostLookups);

    /// <summary>Null while the first lookup is in progress.</summary>
    public Replicas? Of(Target target)
    {
        lock (_gate) return _entries.TryGetValue(target.Name, out var entry) ? entry.Replicas : null;
    }

    /// <summary>Follows these targets and no others; what is known about names that stay is kept.</summary>
    public void Follow(IEnumerable<Target> targets)
    {
        lock (_gate)
        {
            var wanted = targets.Where(target => target.Addresses == AddressChoice.All).ToDictionary(target => target.Name);
            foreach (var (name, entry) in _entries.Where(old => !wanted.ContainsKey(old.Key)).ToList())
            {
                _ = entry.End.CancelAsync();
                _entries.Remove(name);
            }

            foreach (var target in wanted.Values)
            {
                var known = _entries.GetValueOrDefault(target.Name);
                if (known is not null && known.Follows(target)) continue;

                // The interval and the timeout of a lookup do not change what is known about a name.
                var entry = new Entry(target) { Replicas = known?.Target.Address == target.Address ? Limited(known.Replicas, target) : null };
                _ = known?.End.CancelAsync();
                _entries[target.Name] = entry;
                Start(entry);
            }
        }
    }

    /// <summary>Runs lookups until <paramref name="stop"/>. Once only.</summary>
    /// <param name="changed">Called when a target's addresses have changed; must not throw.</param>
    public async Task RunAsync(Action changed, CancellationToken stop)
    {
        lock (_gate)
        {
            (_changed, _stop) = (changed, stop);
            foreach (var entry in _entries.Values) Start(entry);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, loop.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The distinct addresses in a stable order; resolvers like to shuffle them.</summary>
    public static ValueList<IPAddress> InOrder(IEnumerable<IPAddress> addresses) =>
        addresses.Distinct().OrderBy(address => address.AddressFamily).ThenBy(address => Convert.ToHexString(address.GetAddressBytes()), StringComparer.Ordinal).ToValueList();

    /// <summary>The result of one lookup.</summary>
    /// <param name="known">What was known before.</param>
    public static async Task<Replicas> LookUpAsync(
        Func<string, CancellationToken, Task<IPAddress[]>> resolve, Target target, Replicas? known, TimeProvider time, CancellationToken stop)
    {
        if (target.Address.Literal is { } literal) return new Replicas([literal]);
        using var deadline = new CancellationTokenSource(target.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            return new Replicas(InOrder(await resolve(target.Address.Host, either.Token).ConfigureAwait(false)));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return new Replicas([]) { Failure = new FinalEvent(Phase.Dns, FinalEventKind.NameNotFound, $"{target.Address.Host}: {e.Message}") };
        }
        catch (SocketException e)
        {
            return Failed(target, known, e.Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Failed(target, known, "no answer from the resolver in time");
        }
    }

    private static Replicas Failed(Target target, Replicas? known, string message) =>
        new(known?.Addresses ?? []) { Failure = new FinalEvent(Phase.Dns, FinalEventKind.LookupFailed, $"{target.Address.Host}: {message}") };

    private void Start(Entry entry)
    {
        if (_changed is not null) _ = FollowAsync(entry, _changed, _stop);
    }

    private async Task FollowAsync(Entry entry, Action changed, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, entry.End.Token);
        try
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // the caller holds the lock
            while (true)
            {
                await LookUpAgainAsync(entry, changed, end.Token).ConfigureAwait(false);
                await Task.Delay(entry.Target.Interval, loop.Time, end.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Cancelled, or no longer followed.
        }
    }

    private async Task LookUpAgainAsync(Entry entry, Action changed, CancellationToken stop)
    {
        try
        {
            // At the start there are thousands of names: a lookup must not use up its time while it waits for its turn.
            await Lookups.WaitAsync(stop).ConfigureAwait(false);
            Replicas found;
            try
            {
                found = await LookUpAsync(resolve, entry.Target, entry.Replicas, loop.Time, stop).ConfigureAwait(false);
            }
            finally
            {
                Lookups.Release();
            }

            if (Take(entry, found)) changed();
        }
        catch (Exception fault) when (!stop.IsCancellationRequested)
        {
            loop.Failed();
            LogFault(fault, entry.Target.Name);
            if (Take(entry, Failed(entry.Target, entry.Replicas, fault.Message))) changed();
        }
    }

    private bool Take(Entry entry, Replicas found)
    {
        var target = entry.Target;
        if (found.Addresses.Count > target.MaxAddresses)
        {
            if (entry.Found != found.Addresses.Count) LogTooMany(target.Name, target.Address.Host, found.Addresses.Count, target.MaxAddresses);
        }

        entry.Found = found.Addresses.Count;
        found = Limited(found, target);

        Replicas? before;
        lock (_gate)
        {
            before = entry.Replicas;
            if (before == found || entry.End.IsCancellationRequested) return false;
            entry.Replicas = found;
        }

        var known = before?.Addresses ?? [];
        if (found.Failure is { Detail: var reason })
        {
            if (before is not { Failure: not null }) LogFailed(target.Name, reason, found.Addresses.Count);
        }
        else if (before is not null)
        {
            var (added, removed) = (Text(found.Addresses.Except(known)), Text(known.Except(found.Addresses)));
            LogChanged(target.Name, target.Address.Host, found.Addresses.Count, added, removed);
        }

        return true;
    }

    /// <summary>As many addresses as the target allows.</summary>
    [return: NotNullIfNotNull(nameof(replicas))]
    public static Replicas? Limited(Replicas? replicas, Target target) =>
        replicas?.Addresses.Count > target.MaxAddresses ? replicas with { Addresses = replicas.Addresses.Take(target.MaxAddresses).ToValueList() } : replicas;

    private static string Text(IEnumerable<IPAddress> addresses) => string.Join(", ", addresses) is { Length: > 0 } text ? text : "none";

    /// <summary>One target. The lock of the book guards its changes; only its own loop changes it.</summary>
    private sealed class Entry(Target target)
    {
        public Target Target { get; } = target;

        public Replicas? Replicas { get; set; }

        /// <summary>How many addresses the last lookup found.</summary>
        public int Found { get; set; }

        /// <summary>Has neither timer nor wait handle, so nothing needs disposing.</summary>
        public CancellationTokenSource End { get; } = new();

        public bool Follows(Target other) =>
            (Target.Address, Target.Interval, Target.Timeout, Target.MaxAddresses) == (other.Address, other.Interval, other.Timeout, other.MaxAddresses);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Target}: the addresses of {Host} changed, {Count} now; added: {Added}; removed: {Removed}")]
    private partial void LogChanged(string target, string host, int count, string added, string removed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Target} cannot be looked up: {Reason}. Addresses known before and still probed: {Count}")]
    private partial void LogFailed(string target, string reason, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Target}: {Host} has {Count} addresses, and only the first {Limit} of them are probed; max_addresses raises the limit")]
    private partial void LogTooMany(string target, string host, int count, int limit);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Target}: looking up its addresses failed because of a bug in MtlsProbe; please report it")]
    private partial void LogFault(Exception fault, string target);
}
