using System.Globalization;
using System.Net;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// One HTTP/2 request on an established session. <see cref="HttpClient"/> is used as if there was no TLS (prior knowledge, RFC 9113 §3.3), because it
/// accepts no handshake except its own. It follows no redirects, keeps no cookies, uses no proxy, and has only this connection.
/// </summary>
internal static class Http2
{
    /// <summary>Maximum KiB of all fields of a response.</summary>
    private const int MaxFields = 64;

    /// <summary>How much of a body a server can send before we have read it.</summary>
    private const int Window = 64 * 1024 - 1;

    /// <param name="authority">The host, with its port if that is not the default.</param>
    /// <param name="path">In its encoded form.</param>
    public static HttpRequestMessage Request(HttpMethod method, string authority, string path)
    {
        var uri = new Uri($"http://{authority}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(method, uri) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Host = authority;
        request.Headers.TryAddWithoutValidation("User-Agent", "MtlsProbe");
        return request;
    }

    /// <summary>The response; null if the session ended without one.</summary>
    /// <param name="read">Reads as much of the response as is needed.</param>
    public static async Task<ServerAnswer?> AskAsync(
        Stream session, HttpRequestMessage request, Func<HttpResponseMessage, CancellationToken, Task<ServerAnswer>> read, CancellationToken cancellation)
    {
        var lent = new LentStream(session, cancellation);
        try
        {
            var taken = 0;
            using var handler = new SocketsHttpHandler
            {
                ActivityHeadersPropagator = null,
                AllowAutoRedirect = false,
                ConnectCallback = (_, _) => Interlocked.Exchange(ref taken, 1) == 0 ? ValueTask.FromResult<Stream>(lent) : throw new IOException("there is only one session"),
                InitialHttp2StreamWindowSize = Window,
                MaxResponseHeadersLength = MaxFields,
                UseCookies = false,
                UseProxy = false,
            };
            using var client = new HttpMessageInvoker(handler);
            using var response = await client.SendAsync(request, cancellation).ConfigureAwait(false);
            return await read(response, cancellation).ConfigureAwait(false) with
            {
                IsReply = true, // it has the number of our stream
                Date = HttpDate.Of(name => response.Headers.NonValidated.TryGetValues(name, out var values) ? values : Enumerable.Empty<string>()),
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OverflowException) // InvalidOperationException is thrown when a window becomes too large (RFC 9113 §6.9.1)
        {
            cancellation.ThrowIfCancellationRequested();
            if (session is Conversation { FinalEvent: not null }) return null;
            return new ServerAnswer(AnswerKind.NotUnderstood, Evidence.ApplicationData, $"the server's answer is not HTTP/2 ({(e as HttpRequestException)?.HttpRequestError.ToString() ?? e.GetType().Name})");
        }
        finally
        {
            await lent.EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The beginning of the body. If the body broke off, it is shorter than <paramref name="most"/>.</summary>
    /// <returns>The bytes, and whether they are complete up to the limit.</returns>
    public static async Task<(byte[] Bytes, bool IsWhole)> BodyAsync(HttpResponseMessage response, int most, CancellationToken cancellation)
    {
        var bytes = new byte[most];
        var length = 0;
        try
        {
            using var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            for (int count; length < most && (count = await body.ReadAsync(bytes.AsMemory(length), cancellation).ConfigureAwait(false)) > 0;) length += count;
            return (bytes[..length], true);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            return (bytes[..length], false);
        }
    }

    /// <summary>The first value of a field, unchanged; null if there is none.</summary>
    public static string? Field(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>Who answered, if that can be a proxy in front of the service, in the words of <see cref="HttpExchange"/>.</summary>
    public static string Speaker(HttpResponseMessage response) => HttpExchange.Speaker((int)response.StatusCode, name => Field(response, name));

    public static string Status(HttpResponseMessage response) => string.Create(CultureInfo.InvariantCulture, $"the server answered with HTTP status {(int)response.StatusCode}{Speaker(response)}");
}
