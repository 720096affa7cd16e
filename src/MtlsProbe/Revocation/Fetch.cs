using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Trust;

namespace MtlsProbe.Revocation;

/// <summary>
/// Fetches something by HTTP from a possibly hostile place. Bytes, time and redirects are limited, and a redirect must not change the scheme. Only a
/// URL of the configuration may lead to a private address: the addresses are checked when the connection is made, whatever the name resolved to
/// before. Throws only when cancelled.
/// </summary>
/// <param name="resolve">Returns the addresses of a name; does not block a pool thread.</param>
/// <param name="secrets">Returns the password of a proxy.</param>
internal sealed class Fetch(TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>> resolve, SecretLookup secrets)
{
    public const int MostRedirects = 5;

    private const int HeaderKilobytes = 32;
    private const int Piece = 64 * 1024;

    /// <summary>Maximum characters shown of an error message from the system or a peer.</summary>
    private const int MostShown = 200;

    private static readonly TimeSpan s_connecting = TimeSpan.FromSeconds(15);

    /// <exception cref="OperationCanceledException">The caller stopped.</exception>
    public async Task<FetchAnswer> RunAsync(FetchRequest request, CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(request.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            var url = request.Url;
            for (var redirects = 0; redirects <= MostRedirects; redirects++)
            {
                var (answer, next) = await OnceAsync(request, url, either.Token).ConfigureAwait(false);
                if (next is null) return answer!;
                if (request.Body is not null) return FetchAnswer.Failed("answers a request with a redirect");
                if (next.Scheme != url.Scheme) return FetchAnswer.Failed($"redirects from {url.Scheme} to {VisibleText.Of(next.Scheme, 20, ascii: false)}, another scheme");
                url = next;
            }

            return FetchAnswer.Failed($"redirects more than {MostRedirects} times");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return FetchAnswer.Failed($"cannot be fetched within {Duration.Format(request.Timeout)}");
        }
        catch (TimeoutException)
        {
            return FetchAnswer.Failed($"sends nothing for {Duration.Format(request.Patience)}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or UriFormatException or InvalidOperationException or NotSupportedException or NetworkInformationException)
        {
            return FetchAnswer.Failed(Why(e));
        }
    }

    private async Task<(FetchAnswer? Answer, Uri? Next)> OnceAsync(FetchRequest request, Uri url, CancellationToken stop)
    {
        var isConfigured = request.IsConfigured(url);
        if (request.Proxy is not null && !isConfigured && IPAddress.TryParse(url.Host.Trim('[', ']'), out var literal) && PrivateAddress.IsForbidden(literal)) throw Private(literal);

        // A handler for each request: a connection that one URL may use must not be reused for another.
        using var handler = Handler(request, url, isConfigured);
        using var client = new HttpMessageInvoker(handler);
        using var message = new HttpRequestMessage(request.Body is null ? HttpMethod.Get : HttpMethod.Post, url);
        message.Headers.TryAddWithoutValidation("User-Agent", "MtlsProbe");
        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            if (request.ContentType is { } type) message.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        if (request.EntityTag is { } tag) message.Headers.TryAddWithoutValidation("If-None-Match", tag);
        else if (request.LastModified is { } modified) message.Headers.IfModifiedSince = modified;
        using var answer = await client.SendAsync(message, stop).WaitAsync(request.Patience + s_connecting, time, stop).ConfigureAwait(false);
        var status = (int)answer.StatusCode;
        if (status is 301 or 302 or 303 or 307 or 308 && answer.Headers.Location is { } location) return (null, new Uri(url, location));
        if (status == 304 && (request.EntityTag is not null || request.LastModified is not null)) return (new FetchAnswer { IsUnchanged = true }, null);
        if (status != 200) return (FetchAnswer.Failed(FormattableString.Invariant($"answers with status {status}")) with { Status = status }, null);
        var collected = request.Into is null ? new ArrayBufferWriter<byte>() : null;
        var isWhole = await ReadAsync(answer.Content, request, request.Into ?? (piece => collected!.Write(piece.Span)), stop).ConfigureAwait(false);
        if (!isWhole) return (FetchAnswer.Failed($"sends more than {Size(request.MostBytes)}"), null);
        return (new FetchAnswer { Content = collected?.WrittenMemory, IsGiven = collected is null, EntityTag = TagOf(answer), LastModified = answer.Content.Headers.LastModified }, null);
    }

    private SocketsHttpHandler Handler(FetchRequest request, Uri url, bool isConfigured) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = s_connecting,
        MaxResponseHeadersLength = HeaderKilobytes,
        MaxResponseDrainSize = 0,
        UseProxy = request.Proxy is not null,
        Proxy = request.Proxy is { } proxy ? ProxyOf(proxy) : null,
        ConnectCallback = (context, stop) => ConnectAsync(context.DnsEndPoint, isConfigured || request.Proxy is not null, stop),
        SslOptions =
        {
            CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(request, url, certificate, chain, errors),
        },
    };

    private WebProxy ProxyOf(ProxyServer proxy)
    {
        var password = proxy.PasswordFile is { } file ? secrets(file).Secret : null;
        return new WebProxy(new Uri(proxy.ToString()))
        {
            Credentials = proxy.Username is { } user ? new NetworkCredential(user, password is null ? "" : System.Text.Encoding.UTF8.GetString(password.Bytes.Span)) : null,
        };
    }

    /// <summary>The connection uses the addresses that were checked.</summary>
    private async ValueTask<Stream> ConnectAsync(DnsEndPoint place, bool mayBePrivate, CancellationToken stop)
    {
        var addresses = IPAddress.TryParse(place.Host, out var literal) ? [literal] : await resolve(place.Host, stop).ConfigureAwait(false);
        if (!mayBePrivate && Array.Find(addresses, PrivateAddress.IsForbidden) is { } own) throw Private(own);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, place.Port, stop).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Evidence is signed, so its sender matters little; this protects the privacy of the request.</summary>
    /// <param name="url">The URL of the connection, which after a redirect differs from that of the request.</param>
    private bool IsTrusted(FetchRequest request, Uri url, X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return true;
        if (certificate is null || request.Anchors.Count == 0) return false;
        var sent = (presented?.ChainElements.Select(element => element.Certificate.RawData) ?? []).Prepend(certificate.GetRawCertData());
        List<Certificate> chain = [.. sent.Select(der => Certificate.TryParse(der)).OfType<Certificate>()];
        return new ChainJudge().Judge(chain, new TrustBundle("https", request.Anchors), new(url.IdnHost), time.GetUtcNow(), default).Valid;
    }

    /// <summary>False: there is more than allowed.</summary>
    private async Task<bool> ReadAsync(HttpContent content, FetchRequest request, Action<ReadOnlyMemory<byte>> take, CancellationToken stop)
    {
        if (content.Headers.ContentLength > request.MostBytes) return false;
        using var stream = await content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        var piece = new byte[Piece];
        long length = 0;
        while (true)
        {
            var count = await stream.ReadAsync(piece, stop).AsTask().WaitAsync(request.Patience, time, stop).ConfigureAwait(false);
            if (count == 0) return true;
            if ((length += count) > request.MostBytes) return false;
            take(piece.AsMemory(0, count));
        }
    }

    private static string? TagOf(HttpResponseMessage answer) => answer.Headers.ETag?.ToString() is { Length: <= 1024 } tag ? tag : null;

    private static HttpRequestException Private(IPAddress address) =>
        new(null, new PrivateAddressFault($"leads to {address}, a private address, which is contacted only if the configuration names this URL (crl, ocsp)"));

    private static string Why(Exception e)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is PrivateAddressFault) return inner.Message;
        }

        return $"cannot be fetched: {VisibleText.Of(e.InnerException is { Message.Length: > 0 } cause ? cause.Message : e.Message, MostShown, ascii: false)}";
    }

    private static string Size(int bytes) => bytes >= 1 << 20 ? FormattableString.Invariant($"{bytes >> 20} MiB") : FormattableString.Invariant($"{bytes >> 10} KiB");

    private sealed class PrivateAddressFault(string message) : Exception(message);
}
