using System.Globalization;
using System.Text.Json;
using MtlsProbe.ApiCalls;

namespace MtlsProbe.Clusters;

/// <summary>
/// A watch (Kubernetes API, "Efficient detection of changes"): a request whose response is a stream of events. Every wait is bounded, so a server that does
/// not answer, or a proxy that holds the response back, ends the watch.
/// </summary>
/// <param name="path">The path of the list, for example <c>api/v1/services</c>.</param>
/// <param name="selector">Further parameters of the query, each with its leading <c>&amp;</c>.</param>
/// <param name="maxEvent">In bytes.</param>
internal sealed class ClusterWatch(ClusterClient client, string path, string selector, int maxEvent, TimeProvider time)
{
    private const int ShortestWatch = 240; // seconds
    private const int LongestWatch = 300;

    /// <summary>For the head of the response, from the first to the last byte of an event, and beyond the time that was requested.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Watches until the watch ends, for whatever reason.</summary>
    /// <param name="version">Where to start; empty: with the current objects.</param>
    /// <param name="answered">Called with the response, before any event.</param>
    /// <param name="take">Called with each event; false ends the watch.</param>
    public async Task<WatchEnd> RunAsync(string version, Action<HttpResponseMessage> answered, Func<ReadOnlyMemory<byte>, bool> take, CancellationToken stop)
    {
        var seconds = Random.Shared.Next(ShortestWatch, LongestWatch);
        var from = version.Length == 0 ? "" : $"&resourceVersion={Uri.EscapeDataString(version)}";
        var query = string.Create(CultureInfo.InvariantCulture, $"{path}?watch=true{selector}&allowWatchBookmarks=true&timeoutSeconds={seconds}{from}");
        using var patience = new CancellationTokenSource(s_patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            var (response, problem) = await client.GetAsync(query, end.Token).ConfigureAwait(false);
            if (response is null) return new WatchEnd(problem);
            using (response)
            {
                patience.CancelAfter(TimeSpan.FromSeconds(seconds) + s_patience);
                answered(response);
                if (!response.IsSuccessStatusCode) return WatchEnd.Orderly;
                using var events = new WatchStream(await response.Content.ReadAsStreamAsync(end.Token).ConfigureAwait(false), maxEvent, s_patience, time);
                while (await events.NextAsync(end.Token).ConfigureAwait(false) is { } line)
                {
                    if (!take(line)) break;
                }

                return WatchEnd.Orderly;
            }
        }
        catch (HttpRequestException e)
        {
            return new WatchEnd(ApiTransport.Words(e, "the API server"));
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            return new WatchEnd("the connection was lost");
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or InvalidOperationException)
        {
            return new WatchEnd("an event cannot be read");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new WatchEnd("the API server does not answer a watch") { IsSilence = true };
        }
    }
}

/// <summary>How a watch ended.</summary>
/// <param name="Problem">A sentence without a full stop; null if the server, or the receiver of the events, has ended the watch.</param>
internal sealed record WatchEnd(string? Problem)
{
    public static readonly WatchEnd Orderly = new((string?)null);

    /// <summary>Whether the server has not answered in time, or has not ended the watch in time.</summary>
    public bool IsSilence { get; init; }
}
