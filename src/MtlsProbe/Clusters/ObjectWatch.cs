using System.Globalization;
using System.Text.Json;
using MtlsProbe.ApiCalls;
using MtlsProbe.Loops;

namespace MtlsProbe.Clusters;

/// <summary>
/// All objects of one kind, listed and then watched (Kubernetes API, "Efficient detection of changes"). After a watch has ended, the next one
/// continues from the last version. If the cluster no longer knows that version, and periodically in any case, the objects are listed again. While
/// the cluster is unavailable, the last known objects stay.
/// </summary>
/// <param name="path">The path of the list, such as <c>api/v1/services</c>.</param>
/// <param name="selector">A label selector; empty: all.</param>
/// <param name="read">Returns what is kept of an object.</param>
/// <param name="changed">Called after each change, including changes of <see cref="Fault"/>; on one thread at a time.</param>
internal sealed class ObjectWatch<T>(ClusterClient client, string path, string selector, Func<JsonElement, T> read, Action changed, Loop loop)
    where T : class
{
    private const int PageSize = 250;

    /// <summary>Maximum objects of one list; a larger cluster needs a selector.</summary>
    private const int MostObjects = 100_000;

    /// <summary>Maximum bytes of a page.</summary>
    private const int MaxPage = 64 * 1024 * 1024;

    /// <summary>Maximum bytes of an event: etcd accepts objects of 1.5 MiB.</summary>
    private const int MaxEvent = 4 * 1024 * 1024;

    private const int ShortestWatch = 240; // seconds
    private const int LongestWatch = 300;

    /// <summary>The limit for a page, and for an event from its beginning to its end.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>A watch that lasts for less than this has failed.</summary>
    private static readonly TimeSpan s_whole = TimeSpan.FromSeconds(5);

    /// <summary>The interval between two lists, which find changes that a watch has missed.</summary>
    private static readonly TimeSpan s_resync = TimeSpan.FromMinutes(30);

    private readonly Lock _gate = new();
    private readonly Backoff _backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    private Dictionary<ObjectName, T> _objects = [];
    private string? _fault = $"{path} has not been listed yet";
    private bool _isTried;
    private bool _isKnown;

    /// <summary>Whether a list has been tried, successfully or not.</summary>
    public bool IsTried
    {
        get { lock (_gate) return _isTried; }
    }

    /// <summary>Whether a complete list has been received.</summary>
    public bool IsKnown
    {
        get { lock (_gate) return _isKnown; }
    }

    /// <summary>Why changes are not known at present; null if they are.</summary>
    public string? Fault
    {
        get { lock (_gate) return _fault; }
    }

    /// <summary>The known objects, in the order of their names.</summary>
    public IReadOnlyList<(ObjectName Name, T Object)> Objects()
    {
        lock (_gate) return [.. _objects.OrderBy(one => one.Key.Namespace, StringComparer.Ordinal).ThenBy(one => one.Key.Name, StringComparer.Ordinal).Select(one => (one.Key, one.Value))];
    }

    /// <summary>Lists once.</summary>
    public async Task ListAsync(CancellationToken stop) => await ListedAsync(stop).ConfigureAwait(false);

    /// <summary>Runs until it is cancelled. Never throws.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        string? version = null; // from which a watch continues; null: a list is needed first
        var listed = 0L;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (version is null || loop.Time.GetElapsedTime(listed) >= s_resync)
                {
                    version = await ListedAsync(stop).ConfigureAwait(false);
                    listed = loop.Time.GetTimestamp();
                }

                if (version is not null)
                {
                    var begun = loop.Time.GetTimestamp();
                    version = await WatchedAsync(version, stop).ConfigureAwait(false);
                    if (loop.Time.GetElapsedTime(begun) >= s_whole) _backoff.Reset();
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) // even if there is no memory: there may be next time
            {
                loop.Failed();
                version = null;
                Fail($"a bug in MtlsProbe, {e.GetType().Name}");
            }

            await Task.Delay(_backoff.Next(), loop.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>The version of the list; null: it failed.</returns>
    private async Task<string?> ListedAsync(CancellationToken stop)
    {
        var found = new Dictionary<ObjectName, T>();
        var (version, next) = ("", (string?)null);
        do
        {
            var (page, problem) = await PageAsync(next, stop).ConfigureAwait(false);
            if (page is null)
            {
                Fail(problem!);
                return null;
            }

            foreach (var (name, one) in page.Objects) found[name] = one;
            if (found.Count > MostObjects)
            {
                Fail(string.Create(CultureInfo.InvariantCulture, $"there are more than {MostObjects:N0} objects; select some with label_selector or namespaces"));
                return null;
            }

            (version, next) = (page.Version, page.Next);
        }
        while (next is not null);
        lock (_gate) (_objects, _fault, _isKnown, _isTried) = (found, null, true, true);
        changed();
        return version;
    }

    private async Task<(ObjectPage<T>? Page, string? Problem)> PageAsync(string? next, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_patience, loop.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            var query = string.Create(CultureInfo.InvariantCulture, $"{path}?limit={PageSize}{Selector}") + (next is null ? "" : $"&continue={Uri.EscapeDataString(next)}");
            var (answer, problem) = await client.GetAsync(query, end.Token).ConfigureAwait(false);
            if (answer is null) return (null, problem);
            using (answer)
            {
                if (!answer.IsSuccessStatusCode) return (null, Words((int)answer.StatusCode, "list"));
                using var body = await PinnedAnswer.ReadAsync(answer.Content, MaxPage, end.Token).ConfigureAwait(false);
                return body is null ? (null, $"the answer has more than {MaxPage >> 20} MiB") : (ObjectJson.Page(body.Bytes.ToArray(), read), null);
            }
        }
        catch (HttpRequestException e)
        {
            return (null, ApiTransport.Words(e, "the API server"));
        }
        catch (IOException)
        {
            return (null, "the connection broke");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (null, "the answer is not a Kubernetes list");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, string.Create(CultureInfo.InvariantCulture, $"no whole answer within {s_patience.TotalSeconds:0} s"));
        }
    }

    /// <summary>Watches until the watch ends for any reason.</summary>
    /// <returns>The version from which the next watch continues; null: a list is needed first.</returns>
    private async Task<string?> WatchedAsync(string version, CancellationToken stop)
    {
        var seconds = Random.Shared.Next(ShortestWatch, LongestWatch);
        using var longest = new CancellationTokenSource(TimeSpan.FromSeconds(seconds) + s_patience, loop.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, longest.Token);
        try
        {
            var query = string.Create(CultureInfo.InvariantCulture, $"{path}?watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={Uri.EscapeDataString(version)}{Selector}");
            var (answer, problem) = await client.GetAsync(query, end.Token).ConfigureAwait(false);
            if (answer is null)
            {
                Fail(problem!);
                return version;
            }

            using (answer)
            {
                if (!answer.IsSuccessStatusCode)
                {
                    if ((int)answer.StatusCode == 410) return null;
                    Fail(Words((int)answer.StatusCode, "watch"));
                    return version;
                }

                Confirm();
                using var stream = new WatchStream(await answer.Content.ReadAsStreamAsync(end.Token).ConfigureAwait(false), MaxEvent, s_patience, loop.Time);
                while (await stream.NextAsync(end.Token).ConfigureAwait(false) is { } line)
                {
                    var news = ObjectJson.Event(line, read);
                    if (news.Kind is not ("ADDED" or "MODIFIED" or "DELETED" or "BOOKMARK")) return null; // an error, usually because the version is too old
                    if (news.Version.Length > 0) version = news.Version;
                    if (news.Kind != "BOOKMARK") Take(news);
                }

                return version;
            }
        }
        catch (HttpRequestException e)
        {
            Fail(ApiTransport.Words(e, "the API server"));
            return version;
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            return version; // the connection broke; the next attempt shows more
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or InvalidOperationException)
        {
            return null; // its meaning is unknown
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return version; // the time for the watch is over
        }
    }

    private void Take(ObjectEvent<T> news)
    {
        lock (_gate)
        {
            if (news.Object is null) _objects.Remove(news.Name);
            else if (_objects.Count < MostObjects || _objects.ContainsKey(news.Name)) _objects[news.Name] = news.Object;
        }

        changed();
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
        lock (_gate) (_fault, _isTried) = ($"{path} cannot be followed: {problem}", true);
        changed();
    }

    private string Selector => selector.Length == 0 ? "" : $"&labelSelector={Uri.EscapeDataString(selector)}";

    private static string Words(int status, string verb) => FormattableString.Invariant($"the API server answers {status}") + status switch
    {
        401 => ": it does not accept our credentials; has the token expired, or is it from another cluster?",
        403 => $": a role must allow us to {verb} these objects",
        404 => ": it has no such kind of objects, or no such namespace",
        _ => "",
    };
}
