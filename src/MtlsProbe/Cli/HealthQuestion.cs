using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.Text;
using MtlsProbe.Web;

namespace MtlsProbe.Cli;

/// <summary>One request to a serving process on this machine, and the meaning of its response.</summary>
internal sealed class HealthQuestion
{
    /// <summary>Maximum bytes: the response is one line.</summary>
    private const int MaxAnswer = 4096;

    private const int MostShown = 200;

    private readonly Uri _url;
    private readonly bool _isReady;
    private bool _isStranger;

    /// <param name="isReady">Whether it must be ready, not only alive.</param>
    public HealthQuestion(IPEndPoint place, bool isTls, bool isReady)
    {
        _isReady = isReady;
        _url = new Uri($"{(isTls ? "https" : "http")}://{place}/-/{(isReady ? "ready" : "healthy")}");
    }

    /// <summary>Sent only if MtlsProbe asks for it; null: no user is given.</summary>
    public (string User, string Password)? Login { get; init; }

    /// <summary>Presented if the server requests it.</summary>
    public SslStreamCertificateContext? Client { get; init; }

    /// <summary>
    /// The certificate (DER) with which the process serves. A password is sent only to a server with this certificate. Null: it serves without TLS.
    /// </summary>
    public Func<byte[]?>? Expected { get; init; }

    /// <summary>The complete response of a process in the requested state, which no other program sends.</summary>
    private string Good => $"MtlsProbe is {(_isReady ? "ready" : "healthy")}.\n";

    /// <summary>Never throws because of the other side.</summary>
    public async Task<(bool IsGood, string Sentence)> AskAsync(TimeSpan timeout, TimeProvider time, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            var answer = await AskAsync(null, either.Token).ConfigureAwait(false);
            return Judge(answer.AsksForPassword && Login is not null ? await AskAsync(Login, either.Token).ConfigureAwait(false) : answer);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (false, $"{_url} gives no answer within {Duration.Format(timeout)}");
        }
        catch (HttpRequestException e)
        {
            return (false, $"{_url} {Why(e)}");
        }
    }

    /// <summary>Uses a separate connection, so that the server that gets the password has presented the expected certificate.</summary>
    private async Task<HealthAnswer> AskAsync((string User, string Password)? login, CancellationToken ct)
    {
        using var handler = Handler(isSecret: login is not null);
        using var client = new HttpClient(handler) { MaxResponseContentBufferSize = MaxAnswer, Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, _url);
        if (login is var (user, password)) request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        using var response = await client.SendAsync(request, ct).ConfigureAwait(false);
        var text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false));
        var isOurs = response.Headers.WwwAuthenticate.Any(challenge => challenge.Scheme == "Basic" && challenge.Parameter?.Contains("realm=\"MtlsProbe\"", StringComparison.Ordinal) is true);
        return new HealthAnswer(response.StatusCode, text, AsksForPassword: response.StatusCode == HttpStatusCode.Unauthorized && isOurs);
    }

    private (bool IsGood, string Sentence) Judge(HealthAnswer answer)
    {
        if (answer.Status == HttpStatusCode.OK && answer.Text == Good) return (true, Good.TrimEnd());
        if (answer.AsksForPassword)
        {
            if (!_isReady) return (true, "MtlsProbe is healthy: it asks for a password."); // the response to a request with a password does not say more
            return (false, Login is null ? $"{_url} asks for a password\n  hint: give --username and --password-file" : $"{_url} refuses the user or the password");
        }

        if (answer.Status == HttpStatusCode.TooManyRequests && answer.Text == WebServer.TooManyRequests + "\n")
        {
            if (!_isReady) return (true, "MtlsProbe is healthy: its rate_limit refuses the request.");
            return (false, $"{_url} answers 429\n  hint: its rate_limit counts health checks too: raise burst in the file of --web.config.file, or ask less often");
        }

        var status = FormattableString.Invariant($"{_url} answers {(int)answer.Status}");
        return (false, answer.Status == HttpStatusCode.ServiceUnavailable ? $"{status}: {VisibleText.Of(answer.Text.Trim(), MostShown, ascii: false)}" : $"{status}, which is not a response of MtlsProbe");
    }

    /// <param name="isSecret">Whether the request may be sent only to a server with the expected certificate.</param>
    private SocketsHttpHandler Handler(bool isSecret) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        MaxResponseHeadersLength = 16, // kilobytes
        SslOptions = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificateContext = Client,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => !(_isStranger = isSecret && !IsExpected(certificate)),
        },
    };

    /// <summary>Its name and issuer do not matter: the caller is on the same machine, and has the file.</summary>
    private bool IsExpected(X509Certificate? certificate) => certificate is not null && Expected?.Invoke() is { } leaf && certificate.GetRawCertData().AsSpan().SequenceEqual(leaf);

    private string Why(HttpRequestException e) => e switch
    {
        _ when _isStranger => "presents a certificate other than cert_file of --web.config.file, so the password was not sent",
        { InnerException: SocketException socket } => $"cannot be reached: {socket.Message}",
        { InnerException: AuthenticationException or IOException } when _url.Scheme == "https" => "completes no TLS handshake, or closes after it\n  hint: if it requires a client certificate, give --cert and --key",
        { HttpRequestError: HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse } => "does not answer by HTTP\n  hint: if it serves with TLS, give --web.config.file",
        { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "sends too long a response, so it is not MtlsProbe",
        _ => $"cannot be asked: {VisibleText.Of(e.Message, MostShown, ascii: false)}",
    };

    /// <param name="AsksForPassword">Whether it asks in the same way as MtlsProbe.</param>
    private sealed record HealthAnswer(HttpStatusCode Status, string Text, bool AsksForPassword);
}
