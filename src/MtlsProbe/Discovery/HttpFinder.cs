using System.Net;
using System.Security.Cryptography;
using MtlsProbe.ApiCalls;
using MtlsProbe.Loops;
using MtlsProbe.Model;

namespace MtlsProbe.Discovery;

/// <summary>
/// Targets that a server lists in the format of Prometheus' http_sd, asked for now and then. An answer that is no such list, or has no end, changes
/// nothing.
/// </summary>
internal sealed class HttpFinder(HttpDiscovery place, Loop loop) : ITargetFinder
{
    private const int MostRedirects = 5;

    /// <summary>Of a request, from its beginning to the end of its answer.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly HttpCredentials _credentials = new(place);
    private string? _tag; // of the answer that was good last
    private byte[]? _digest; // of its body

    public async Task<TargetsFound> LookAsync(CancellationToken stop) => (await AskAsync(stop).ConfigureAwait(false)).Found;

    public Task RunAsync(Action<TargetsFound> told, CancellationToken stop) => Polling.RunAsync(AskAsync, place.Refresh, told, loop, stop);

    public void Dispose() => _credentials.Dispose();

    private async Task<(TargetsFound Found, TimeSpan? Again)> AskAsync(CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_patience, loop.Time);
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
            return Failed("the connection broke");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Failed(FormattableString.Invariant($"no whole answer within {s_patience.TotalSeconds:0} s"));
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

            // What is secret goes nowhere but to the server that is configured.
            if (authorization is not null && IsSameServer(url, place.Url)) request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using var answer = await invoker.SendAsync(request, end).ConfigureAwait(false);
            if (answer.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
            {
                if (redirects == MostRedirects) return Failed($"there are more than {MostRedirects} redirects");
                if (Next(url, answer) is not { } next) return Failed(FormattableString.Invariant($"the server answers {(int)answer.StatusCode} and leads nowhere where it may: https:// does not lead to http://"));
                url = next;
                continue;
            }

            return await ReadAsync(answer, end).ConfigureAwait(false);
        }
    }

    private async Task<(TargetsFound Found, TimeSpan? Again)> ReadAsync(HttpResponseMessage answer, CancellationToken end)
    {
        if (answer.StatusCode == HttpStatusCode.NotModified && _tag is not null) return (TargetsFound.Same, null);
        if (answer.StatusCode != HttpStatusCode.OK) return (Failed(Words((int)answer.StatusCode)).Found, RetryAfter(answer));
        using var body = await PinnedAnswer.ReadAsync(answer.Content, TargetGroups.MaxSize, end).ConfigureAwait(false);
        if (body is null) return Failed($"the answer has more than {TargetGroups.MaxSize >> 20} MiB");
        var digest = SHA256.HashData(body.Bytes);
        if (_digest is not null && digest.AsSpan().SequenceEqual(_digest))
        {
            _tag = TagOf(answer);
            return (TargetsFound.Same, null);
        }

        var (targets, wrong) = JsonGroups.Read(body.Bytes, place.Shown);
        if (wrong is not null) return (TargetsFound.Failed(wrong), null);
        (_tag, _digest) = (TagOf(answer), digest);
        return (TargetsFound.Of(targets), null);
    }

    private string Words(int status) => FormattableString.Invariant($"the server answers {status}") + status switch
    {
        401 when place.TokenFile is null && place.Username is null => ": it wants to know who asks; name basic_auth or token_file",
        401 or 403 => $": it does not take the credential in {place.TokenFile ?? place.PasswordFile}",
        404 => ": there is no such path",
        _ => "",
    };

    private (TargetsFound Found, TimeSpan? Again) Failed(string problem) => (TargetsFound.Failed($"{place.Shown} cannot be read: {problem}"), null);

    private TimeSpan? RetryAfter(HttpResponseMessage answer) => answer.Headers.RetryAfter is { } header ? header.Delta ?? (header.Date - loop.Time.GetUtcNow()) : null;

    /// <summary>Sent back as it came, if no header of ours would suffer from it.</summary>
    private static string? TagOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("ETag", out var tags) && tags.FirstOrDefault() is { Length: > 0 and <= 1024 } tag && tag.All(c => c is >= ' ' and <= '~') ? tag : null;

    private static Uri? Next(Uri from, HttpResponseMessage answer)
    {
        if (answer.Headers.Location is not { } location) return null;
        var next = new Uri(from, location);
        return next.Scheme is "https" || (next.Scheme == "http" && from.Scheme == "http") ? next.UserInfo.Length == 0 && next.Host.Length > 0 ? next : null : null;
    }

    private static bool IsSameServer(Uri one, Uri other) => one.Scheme == other.Scheme && one.IdnHost == other.IdnHost && one.Port == other.Port;
}
