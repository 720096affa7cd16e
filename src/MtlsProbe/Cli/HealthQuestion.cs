using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.Text;

namespace MtlsProbe.Cli;

/// <summary>One question to a process that serves on this machine, and what its answer means.</summary>
internal sealed class HealthQuestion
{
    /// <summary>In bytes: the answers are a line.</summary>
    private const int MaxAnswer = 4096;

    private const int MostShown = 200;

    private readonly Uri _url;
    private readonly bool _isReady;
    private bool _isStranger;

    /// <param name="isReady">Whether it has to be ready, not only to serve.</param>
    public HealthQuestion(IPEndPoint place, bool isTls, bool isReady)
    {
        _isReady = isReady;
        _url = new Uri($"{(isTls ? "https" : "http")}://{place}/-/{(isReady ? "ready" : "healthy")}");
    }

    /// <summary>Told only where MtlsProbe asks for it; null: nobody is said to ask.</summary>
    public (string User, string Password)? Login { get; init; }

    /// <summary>Shown where it is asked for.</summary>
    public SslStreamCertificateContext? Client { get; init; }

    /// <summary>The certificate (DER) that the process serves with, to whom alone a password is told; null: it serves without TLS.</summary>
    public Func<byte[]?>? Expected { get; init; }

    /// <summary>The whole answer of a process that is what it is asked for, and of no other program.</summary>
    private string Good => $"MtlsProbe is {(_isReady ? "ready" : "healthy")}.\n";

    /// <summary>Never throws for what the other side does.</summary>
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

    /// <summary>On a connection of its own, so that who is told the password has shown the expected certificate.</summary>
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
            if (!_isReady) return (true, "MtlsProbe is healthy: it asks for a password."); // the answer to who gives one is always the same
            return (false, Login is null ? $"{_url} asks for a password\n  hint: give --username and --password-file" : $"{_url} refuses the user or the password");
        }

        var status = FormattableString.Invariant($"{_url} answers {(int)answer.Status}");
        return (false, answer.Status == HttpStatusCode.ServiceUnavailable ? $"{status}: {VisibleText.Of(answer.Text.Trim(), MostShown, ascii: false)}" : $"{status}, which is no answer of MtlsProbe to this");
    }

    /// <param name="isSecret">Whether only who has the expected certificate may be told the question.</param>
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

    /// <summary>Its name and issuer say nothing here: who asks is on the same machine, and knows the file.</summary>
    private bool IsExpected(X509Certificate? certificate) => certificate is not null && Expected?.Invoke() is { } leaf && certificate.GetRawCertData().AsSpan().SequenceEqual(leaf);

    private string Why(HttpRequestException e) => e switch
    {
        _ when _isStranger => "presents another certificate than cert_file of --web.config.file, so the password was not sent",
        { InnerException: SocketException socket } => $"cannot be reached: {socket.Message}",
        { InnerException: AuthenticationException or IOException } when _url.Scheme == "https" => "completes no TLS handshake, or closes after it\n  hint: if it requires a client certificate, give --cert and --key",
        { HttpRequestError: HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse } => "does not answer by HTTP\n  hint: if it serves with TLS, give --web.config.file",
        { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "answers at such length that it is not MtlsProbe",
        _ => $"cannot be asked: {VisibleText.Of(e.Message, MostShown, ascii: false)}",
    };

    /// <param name="AsksForPassword">As MtlsProbe does.</param>
    private sealed record HealthAnswer(HttpStatusCode Status, string Text, bool AsksForPassword);
}
