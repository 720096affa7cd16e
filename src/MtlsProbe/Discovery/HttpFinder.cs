using System.Net;
using System.Security.Cryptography;
using MtlsProbe.ApiCalls;
using MtlsProbe.Model;

namespace MtlsProbe.Discovery;

/// <summary>
/// Targets that a server lists in the format of Prometheus' http_sd, requested at regular intervals. A response that is not such a list, or not complete,
/// changes nothing.
/// </summary>
internal sealed class HttpFinder(HttpDiscovery place, FinderFaults faults) : ITargetFinder
{
    private const int MostRedirects = 5;

    /// <summary>From the start of the first request to the end of the response, with all redirects.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly HttpCredentials _credentials = new(place);
    private string? _tag; // of the last good response
    private byte[]? _digest; // of its body

    public async Task<TargetsFound> LookAsync(CancellationToken stop) => (await AskAsync(stop).ConfigureAwait(false)).Found;

    public Task RunAsync(Action<TargetsFound> report, CancellationToken stop) => Polling.RunAsync(AskAsync, place.Refresh, found => Report(found, report), faults, stop);

    public void Dispose() => _credentials.Dispose();

    /// <summary>A list that could not be reported is not known: the next response with it is news again.</summary>
    private void Report(TargetsFound found, Action<TargetsFound> report)
    {
        try
        {
            report(found);
        }
        catch
        {
            (_tag, _digest) = (null, null);
            throw;
        }
    }

    private async Task<(TargetsFound Found, TimeSpan? Again)> AskAsync(CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_patience, faults.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            return await AskAsync(place.Url, end.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            return Failed(ApiTransport.Words(e, "the server"));
        }
        catch (IOException)
        {
            return Failed("the connection was lost");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Failed(FormattableString.Invariant($"no complete response within {s_patience.TotalSeconds:0} s"));
        }
    }

    private async Task<(TargetsFound Found, TimeSpan? Again)> AskAsync(Uri url, CancellationToken end)
    {
        for (var redirects = 0; ; redirects++)
        {
            var (invoker, authorization, wrong) = _credentials.Read();
            if (invoker is null) return (TargetsFound.Failed(wrong!), null);
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.TryAddWithoutValidation("User-Agent", "MtlsProbe");
            request.Headers.TryAddWithoutValidation("Accept", "application/json");
            request.Headers.TryAddWithoutValidation("X-Prometheus-Refresh-Interval-Seconds", FormattableString.Invariant($"{place.Refresh.TotalSeconds:0.###}"));
            if (_tag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", _tag);

            // Credentials are for the configured server only, not for one that it redirects to.
            if (authorization is not null && IsSameServer(url, place.Url)) request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using var response = await invoker.SendAsync(request, end).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
            {
                if (redirects == MostRedirects) return Failed($"there are more than {MostRedirects} redirects");
                var (next, problem) = Next(url, response);
                if (next is null) return Failed(FormattableString.Invariant($"the server answers {(int)response.StatusCode}, but {problem}"));
                url = next;
                continue;
            }

            return await ReadAsync(response, end).ConfigureAwait(false);
        }
    }

    private async Task<(TargetsFound Found, TimeSpan? Again)> ReadAsync(HttpResponseMessage response, CancellationToken end)
    {
        if (response.StatusCode == HttpStatusCode.NotModified && _tag is not null) return (TargetsFound.Same, null);
        if (response.StatusCode != HttpStatusCode.OK) return (Failed(Words((int)response.StatusCode)).Found, ApiTransport.RetryAfter(response, faults.Time));
        if (response.Content.Headers.ContentEncoding.Count > 0) return Failed("the response is compressed, although we did not ask for that");
        using var body = await PinnedAnswer.ReadAsync(response.Content, TargetGroups.MaxSize, end).ConfigureAwait(false);
        if (body is null) return Failed($"the response has more than {TargetGroups.MaxSize >> 20} MiB");
        var digest = SHA256.HashData(body.Bytes);
        if (_digest is not null && digest.AsSpan().SequenceEqual(_digest))
        {
            _tag = TagOf(response);
            return (TargetsFound.Same, null);
        }

        var (targets, wrong) = JsonGroups.Read(body.Bytes, place.Shown);
        if (wrong is not null) return (TargetsFound.Failed(wrong), null);
        (_tag, _digest) = (TagOf(response), digest);
        return (TargetsFound.Of(targets), null);
    }

    private string Words(int status) => FormattableString.Invariant($"the server answers {status}") + status switch
    {
        401 when place.TokenFile is null && place.Username is null => ": it requires authentication; configure basic_auth or token_file",
        401 or 403 when (place.TokenFile ?? place.PasswordFile) is { } file => $": it does not accept the credential in {file}",
        403 => ": it forbids this request",
        404 => ": there is no such path",
        _ => "",
    };

    private (TargetsFound Found, TimeSpan? Again) Failed(string problem) => (TargetsFound.Failed($"{place.Shown} cannot be read: {problem}"), null);

    /// <summary>The tag to send back unchanged; null if there is none, or if a header could not contain it.</summary>
    private static string? TagOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("ETag", out var tags) && tags.FirstOrDefault() is { Length: > 0 and <= 1024 } tag && tag.All(c => c is >= ' ' and <= '~') ? tag : null;

    private static (Uri? Url, string? Problem) Next(Uri from, HttpResponseMessage response)
    {
        if (response.Headers.Location is not { } location) return (null, "without a usable Location");
        if (!Uri.TryCreate(from, location, out var next) || next.Scheme is not ("http" or "https") || next.UserInfo.Length > 0 || next.Host.Length == 0) return (null, "its Location cannot be used");
        return next.Scheme == "http" && from.Scheme == "https" ? (null, "a redirect from https:// to http:// is not followed") : (next, null);
    }

    private static bool IsSameServer(Uri one, Uri other) => one.Scheme == other.Scheme && one.IdnHost == other.IdnHost && one.Port == other.Port;
}
