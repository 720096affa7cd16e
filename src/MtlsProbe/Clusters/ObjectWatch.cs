using MtlsProbe.Loops;

namespace MtlsProbe.Clusters;

/// <summary>
/// All objects of one kind, listed once and then watched. A watch that ends is continued from the last version. The objects are listed again if the server
/// no longer knows that version, and regularly. While the cluster is unreachable, the last known objects stay. Thread-safe.
/// </summary>
/// <param name="changed">Called after each change of the objects or of <see cref="Fault"/>.</param>
/// <param name="failed">Called with unexpected errors.</param>
internal sealed class ObjectWatch<T>(ObjectRequests<T> requests, Action changed, Action<Exception> failed, TimeProvider time)
    where T : class
{
    private const int ShortestWatch = 240; // seconds
    private const int LongestWatch = 300;

    /// <summary>A watch that lasted less counts as a failure.</summary>
    private static readonly TimeSpan s_whole = TimeSpan.FromSeconds(5);

    /// <summary>Between two lists, which find what a watch has missed.</summary>
    private static readonly TimeSpan s_resync = TimeSpan.FromMinutes(30);

    /// <summary>The longest wait that a server can ask for.</summary>
    private static readonly TimeSpan s_longestRest = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Backoff _backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    private ObjectSet<T>? _objects; // null before the first complete list
    private string? _fault;
    private bool _isTried;

    /// <summary>Whether a list was attempted, successfully or not.</summary>
    public bool IsTried
    {
        get { lock (_gate) return _isTried; }
    }

    /// <summary>Whether there was a complete list.</summary>
    public bool IsKnown
    {
        get { lock (_gate) return _objects is not null; }
    }

    /// <summary>Why changes are not seen at present; null if they are.</summary>
    public string? Fault
    {
        get { lock (_gate) return _fault; }
    }

    /// <summary>The last known objects, sorted by name.</summary>
    public IReadOnlyList<(ObjectName Name, T Object)> Objects()
    {
        lock (_gate) return _objects?.All ?? [];
    }

    /// <summary>Lists once.</summary>
    public async Task ListAsync(CancellationToken stop) => await ListedAsync(stop).ConfigureAwait(false);

    /// <summary>Follows the objects until it is cancelled. Never throws.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        string? version = null; // where the next watch starts; null: they have to be listed first
        var listed = 0L;
        while (!stop.IsCancellationRequested)
        {
            ObjectProblem? problem = null;
            try
            {
                if (version is null || time.GetElapsedTime(listed) >= s_resync)
                {
                    (version, problem) = await ListedAsync(stop).ConfigureAwait(false);
                    listed = time.GetTimestamp();
                }

                if (version is { } from)
                {
                    var begun = time.GetTimestamp();
                    (version, problem) = await requests.WatchAsync(from, Random.Shared.Next(ShortestWatch, LongestWatch), Confirm, Take, stop).ConfigureAwait(false);
                    if (problem is not null) Fail(problem.Text);
                    else if (time.GetElapsedTime(begun) >= s_whole) _backoff.Reset();
                    else if (version == from) version = null; // a proxy that ends all watches at once delivers no changes
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) // also if there is no memory, because there may be next time
            {
                failed(e);
                version = null;
                Fail($"a bug in MtlsProbe, {e.GetType().Name}");
            }

            await Task.Delay(Pause(problem), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>The version of the list, or why there is none.</returns>
    private async Task<(string? Version, ObjectProblem? Problem)> ListedAsync(CancellationToken stop)
    {
        var (found, version, problem) = await requests.ListAsync(stop).ConfigureAwait(false);
        if (found is null)
        {
            Fail(problem!.Text);
            return (null, problem);
        }

        lock (_gate) (_objects, _fault, _isTried) = (found, null, true);
        changed();
        return (version, null);
    }

    private bool Take(ObjectEvent<T> change)
    {
        lock (_gate)
        {
            if (_objects is not { } objects) return false;
            if (change.Object is not { } one)
            {
                if (!objects.Remove(change.Name)) return true;
            }
            else
            {
                if (objects.TryGet(change.Name, out var before) && before.Equals(one)) return true; // a change that does not concern us
                if (!objects.TryPut(change.Name, one)) return false;
            }
        }

        changed();
        return true;
    }

    private void Confirm()
    {
        lock (_gate)
        {
            if (_fault is null) return;
            _fault = null;
        }

        changed();
    }

    private void Fail(string problem)
    {
        lock (_gate) (_fault, _isTried) = ($"{requests.Path} cannot be followed: {problem}", true);
        changed();
    }

    private TimeSpan Pause(ObjectProblem? problem)
    {
        var pause = _backoff.Next();
        var asked = problem?.RetryAfter is { } rest && rest < s_longestRest ? rest : problem?.RetryAfter is null ? TimeSpan.Zero : s_longestRest;
        return pause > asked ? pause : asked;
    }
}
