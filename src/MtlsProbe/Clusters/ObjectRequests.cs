using System.Globalization;
using System.Text.Json;
using MtlsProbe.ApiCalls;

namespace MtlsProbe.Clusters;

/// <summary>Requests for the objects of one kind: complete lists, and watches (Kubernetes API, "Efficient detection of changes").</summary>
/// <param name="path">Of the list, for example <c>api/v1/services</c>.</param>
/// <param name="selector">By label; empty for all.</param>
/// <param name="read">Reads the required parts of an object.</param>
/// <param name="size">In characters, of what was read.</param>
internal sealed class ObjectRequests<T>(ClusterClient client, string path, string selector, Func<JsonElement, T> read, Func<T, int> size, TimeProvider time)
    where T : class
{
    private const int PageSize = 250;

    /// <summary>In bytes, of a page. If one is larger, smaller pages are requested.</summary>
    private const int MaxPage = 16 * 1024 * 1024;

    /// <summary>In bytes, of an event: etcd accepts objects of 1.5 MiB.</summary>
    private const int MaxEvent = 4 * 1024 * 1024;

    /// <summary>How often a list is started again because its pages expired.</summary>
    private const int MostRestarts = 3;

    private const int Gone = 410;

    /// <summary>For a page; for an event, from its first to its last byte.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>For all pages of a list.</summary>
    private static readonly TimeSpan s_patienceOfList = TimeSpan.FromMinutes(2);

    public string Path => path;

    /// <summary>All objects, page by page, and the version from which a watch can start; or why they cannot be listed.</summary>
    public async Task<(ObjectSet<T>? Objects, string Version, ObjectProblem? Problem)> ListAsync(CancellationToken stop)
    {
        var begun = time.GetTimestamp();
        var (found, next, restarts, limit) = (new ObjectSet<T>(size), (string?)null, 0, PageSize);
        while (true)
        {
            if (time.GetElapsedTime(begun) > s_patienceOfList) return Failed(FormattableString.Invariant($"no complete list within {s_patienceOfList.TotalMinutes:0} minutes"));
            var (page, problem) = await PageAsync(limit, next, stop).ConfigureAwait(false);
            if (page is null && problem is null && limit > 1) limit /= 4; // too large
            else if (problem is { Status: Gone } && next is not null && restarts++ < MostRestarts) (found, next) = (new ObjectSet<T>(size), null);
            else if (page is null) return (null, "", problem ?? new ObjectProblem($"one object has more than {MaxPage >> 20} MiB"));
            else
            {
                if (!page.Objects.All(one => found.TryPut(one.Name, one.Object))) return Failed(Excess);
                if (page.Next is null) return (found, page.Version, null);
                next = page.Next;
            }
        }

        static (ObjectSet<T>?, string, ObjectProblem?) Failed(string text) => (null, "", new ObjectProblem(text));
    }

    /// <summary>What is wrong if the objects exceed the limits.</summary>
    public static string Excess { get; } = string.Create(
        CultureInfo.InvariantCulture, $"there are more than {ObjectSet<T>.MostObjects:N0} objects, or they are too large; select fewer by label_selector or namespaces");

    /// <summary>Watches until the watch ends, for whatever reason.</summary>
    /// <param name="version">Where to start.</param>
    /// <param name="seconds">After how long the server ends it.</param>
    /// <param name="confirmed">Called when the server has accepted the watch.</param>
    /// <param name="take">Called with each change; false ends the watch, and the objects have to be listed again.</param>
    /// <returns>Where the next watch starts; null if the objects have to be listed first. A problem only if the server has not accepted the watch.</returns>
    public async Task<(string? Version, ObjectProblem? Problem)> WatchAsync(string version, int seconds, Action confirmed, Func<ObjectEvent<T>, bool> take, CancellationToken stop)
    {
        using var longest = new CancellationTokenSource(TimeSpan.FromSeconds(seconds) + s_patience, time);
        using var unanswered = new CancellationTokenSource(s_patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, longest.Token, unanswered.Token);
        try
        {
            var query = string.Create(CultureInfo.InvariantCulture, $"{path}?watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={Uri.EscapeDataString(version)}{Selector}");
            var (response, problem) = await client.GetAsync(query, end.Token).ConfigureAwait(false);
            if (response is null) return (version, new ObjectProblem(problem!));
            unanswered.CancelAfter(Timeout.InfiniteTimeSpan);
            using (response)
            {
                if ((int)response.StatusCode == Gone) return (null, null);
                if (!response.IsSuccessStatusCode) return (version, Refused(response, "watch"));
                confirmed();
                using var stream = new WatchStream(await response.Content.ReadAsStreamAsync(end.Token).ConfigureAwait(false), MaxEvent, s_patience, time);
                while (await stream.NextAsync(end.Token).ConfigureAwait(false) is { } line)
                {
                    var change = ObjectJson.Event(line, read);
                    if (change.Kind is not ("ADDED" or "MODIFIED" or "DELETED" or "BOOKMARK")) return (null, null); // an error, mostly 410
                    if (change.Kind != "BOOKMARK" && !take(change)) return (null, null);
                    if (change.Version.Length > 0) version = change.Version;
                }

                return (version, null);
            }
        }
        catch (HttpRequestException e)
        {
            return (version, new ObjectProblem(ApiTransport.Words(e, "the API server")));
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            return (version, null); // the connection was lost; the next attempt shows whether the server is still there
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or InvalidOperationException)
        {
            return (null, null); // an unreadable event may have been any change
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (version, unanswered.IsCancellationRequested
                ? new ObjectProblem(FormattableString.Invariant($"the API server does not answer the watch within {s_patience.TotalSeconds:0} s"))
                : null); // the server should have ended it
        }
    }

    /// <returns>Both null if the page is too large.</returns>
    private async Task<(ObjectPage<T>? Page, ObjectProblem? Problem)> PageAsync(int limit, string? next, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            var query = string.Create(CultureInfo.InvariantCulture, $"{path}?limit={limit}{Selector}") + (next is null ? "" : $"&continue={Uri.EscapeDataString(next)}");
            var (response, problem) = await client.GetAsync(query, end.Token).ConfigureAwait(false);
            if (response is null) return (null, new ObjectProblem(problem!));
            using (response)
            {
                if (!response.IsSuccessStatusCode) return (null, Refused(response, "list"));
                using var body = await PinnedAnswer.ReadAsync(response.Content, MaxPage, end.Token).ConfigureAwait(false);
                return body is null ? (null, null) : (ObjectJson.Page(body.Bytes.ToArray(), read), null);
            }
        }
        catch (HttpRequestException e)
        {
            return (null, new ObjectProblem(ApiTransport.Words(e, "the API server")));
        }
        catch (IOException)
        {
            return (null, new ObjectProblem("the connection was lost"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (null, new ObjectProblem("the response is not a list of Kubernetes objects"));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, new ObjectProblem(FormattableString.Invariant($"no complete response within {s_patience.TotalSeconds:0} s")));
        }
    }

    private string Selector => selector.Length == 0 ? "" : $"&labelSelector={Uri.EscapeDataString(selector)}";

    private ObjectProblem Refused(HttpResponseMessage response, string verb)
    {
        var status = (int)response.StatusCode;
        var text = FormattableString.Invariant($"the API server answers {status}") + status switch
        {
            400 => ": it does not understand the request; is label_selector valid?",
            401 => ": it does not accept our credential; has the token expired, or is it for another cluster?",
            403 => $": we need a role that allows to {verb} these objects",
            404 => ": it does not know this kind of objects, or the namespace",
            _ => "",
        };
        return new ObjectProblem(text, status, ApiTransport.RetryAfter(response, time));
    }
}
