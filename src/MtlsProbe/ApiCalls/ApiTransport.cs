using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MtlsProbe.ApiCalls;

/// <summary>Connections to a server that holds secrets: no redirects, no proxy, no cookies, and only the given authorities are trusted.</summary>
internal sealed class ApiTransport : DelegatingHandler
{
    private static readonly TimeSpan s_connecting = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pong = TimeSpan.FromSeconds(15);

    /// <summary>Connections are renewed so that a server whose name has moved to another address is found.</summary>
    private static readonly TimeSpan s_connectionLife = TimeSpan.FromMinutes(5);

    private readonly X509Certificate2Collection? _owned;

    private ApiTransport(SocketsHttpHandler inner, X509Certificate2Collection? owned)
        : base(inner) => _owned = owned;

    /// <param name="authorities">
    /// Null: those of the machine. Owned by the transport from now on, because they are needed while connections are made.
    /// </param>
    /// <param name="client">Our own certificate with its key, owned by the transport from now on; null: none is presented.</param>
    /// <param name="name">The name that the server's certificate must have; null: that of its address.</param>
    /// <param name="mostConnections">Maximum number of concurrent connections.</param>
    public static ApiTransport Of(X509Certificate2Collection? authorities, X509Certificate2? client = null, string? name = null, int mostConnections = 8)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = name };
        if (authorities is not null)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
            policy.CustomTrustStore.AddRange(authorities);
            options.CertificateChainPolicy = policy;
        }

        if (client is not null) options.ClientCertificates = [client];
        var owned = new X509Certificate2Collection();
        if (authorities is not null) owned.AddRange(authorities);
        if (client is not null) owned.Add(client);
#pragma warning disable CA2000 // The transport owns it.
        return new ApiTransport(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                ConnectTimeout = s_connecting,
                PooledConnectionLifetime = s_connectionLife,
                MaxResponseHeadersLength = 64, // kilobytes
                MaxResponseDrainSize = 0,
                MaxConnectionsPerServer = mostConnections,
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = s_silence, // a watch can be silent for minutes while its connection is dead
                KeepAlivePingTimeout = s_pong,
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
                SslOptions = options,
            },
            owned);
#pragma warning restore CA2000
    }

    /// <summary>The certificates of a PEM file; null if it has none, or one that cannot be read.</summary>
    public static X509Certificate2Collection? Authorities(ReadOnlySpan<byte> pem)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(Encoding.UTF8.GetString(pem));
            if (authorities.Count > 0) return authorities;
        }
        catch (CryptographicException)
        {
            // The caller reports it with the name of the file.
        }

        Discard(authorities);
        return null;
    }

    /// <summary>The token in a file; null if there is none, or if a header cannot contain it.</summary>
    public static string? Token(ReadOnlySpan<byte> content)
    {
        var token = Encoding.UTF8.GetString(content).Trim();
        return token.Length == 0 || token.Any(c => c is <= ' ' or > '~') ? null : token;
    }

    /// <summary>How long a server wants to be left alone; null if it does not say so. May be negative or absurdly long.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage answer, TimeProvider time) =>
        answer.Headers.RetryAfter is { } header ? header.Delta ?? (header.Date - time.GetUtcNow()) : null;

    /// <summary>Why there is no answer, without text from the other side; continues a sentence.</summary>
    /// <param name="server">What it is, as "the API server".</param>
    public static string Words(HttpRequestException e, string server) => e switch
    {
        { InnerException: AuthenticationException } => $"the certificate of {server} is not trusted",
        { HttpRequestError: HttpRequestError.NameResolutionError } => $"the name of {server} cannot be resolved",
        { HttpRequestError: HttpRequestError.ConnectionError } => $"{server} cannot be reached",
        { HttpRequestError: HttpRequestError.SecureConnectionError } => $"no TLS session with {server}",
        _ => $"{server} does not answer",
    };

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && _owned is not null) Discard(_owned);
    }

    private static void Discard(X509Certificate2Collection certificates)
    {
        foreach (var certificate in certificates) certificate.Dispose();
    }
}
