using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Inventories;

/// <summary>
/// Lists secrets and ConfigMaps of a cluster. What comes may hold keys: it is read into memory that is overwritten, and only certificates are
/// decoded. The token goes to the configured server alone: no redirect is followed and no proxy used.
/// </summary>
internal sealed class ClusterApi(KubernetesPlaces places)
{
    /// <summary>Objects of one answer: a secret may have 1 MiB.</summary>
    private const int PageSize = 20;

    /// <summary>In bytes, of one answer.</summary>
    private const int MaxAnswer = 32 * 1024 * 1024;

    private const int FirstRoom = 256 * 1024;

    /// <summary>In bytes, of the token and of the authorities.</summary>
    private const int MaxFile = 1024 * 1024;

    /// <summary>A connection to the server, with the token as it is now.</summary>
    /// <param name="problem">Why there is none, as a whole sentence without a full stop; null where there is one.</param>
    public HttpClient? Open(out string? problem)
    {
        using var files = FileSet.ReadPatiently([places.TokenFile, places.CaFile], MaxFile);
        problem = files.Files.Where(file => file.Problem is not null).Select(file => $"{file.Path} {file.Problem!.Text}").FirstOrDefault();
        if (problem is not null) return null;
        var token = Encoding.UTF8.GetString(files[places.TokenFile].Bytes).Trim();
        if (token.Length == 0 || token.Any(c => c is <= ' ' or > '~'))
        {
            problem = $"{places.TokenFile} holds no token";
            return null;
        }

        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(Encoding.UTF8.GetString(files[places.CaFile].Bytes));
        }
        catch (CryptographicException)
        {
            Discard(authorities);
            problem = $"{places.CaFile} holds no certificate that can be read";
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
#pragma warning disable CA2000 // The client owns it.
        var handler = new AuthoritiesHandler(authorities, new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
        });
#pragma warning restore CA2000
        var client = new HttpClient(handler) { BaseAddress = places.Server, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        return client;
    }

    /// <summary>One page of a list.</summary>
    /// <param name="path">Of the list, as <c>api/v1/namespaces/shop/secrets</c>.</param>
    /// <param name="next">Where it goes on; null: at its beginning.</param>
    /// <returns>The page, or why there is none, which continues a sentence that begins with the path.</returns>
    public static async Task<(ClusterObjects? Page, string? Problem)> ListAsync(HttpClient client, string path, bool isSecrets, string? next, CancellationToken ct)
    {
        var query = FormattableString.Invariant($"?limit={PageSize}") + (isSecrets ? "&fieldSelector=type%3Dkubernetes.io%2Ftls" : "")
            + (next is null ? "" : $"&continue={Uri.EscapeDataString(next)}");
        try
        {
            using var answer = await client.GetAsync(new Uri(path + query, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, ct).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode) return (null, $"cannot be listed: the API server answers {(int)answer.StatusCode}");
            return await ReadAsync(answer.Content, isSecrets, ct).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            return (null, $"cannot be listed: {Words(e)}");
        }
        catch (IOException)
        {
            return (null, "cannot be listed: the connection broke");
        }
    }

    private static async Task<(ClusterObjects? Page, string? Problem)> ReadAsync(HttpContent content, bool isSecrets, CancellationToken ct)
    {
        var buffer = PinnedBuffers.Rent(FirstRoom);
        try
        {
            var stream = await content.ReadAsStreamAsync(ct).ConfigureAwait(false);
            await using var owned = stream.ConfigureAwait(false);
            for (var length = 0; ;)
            {
                if (length == buffer.Length)
                {
                    if (length >= MaxAnswer) return (null, FormattableString.Invariant($"cannot be listed: the answer has more than {MaxAnswer >> 20} MiB"));
                    var larger = PinnedBuffers.Rent(length * 2);
                    buffer.CopyTo(larger, 0);
                    PinnedBuffers.Return(buffer);
                    buffer = larger;
                }

                var count = await stream.ReadAsync(buffer.AsMemory(length), ct).ConfigureAwait(false);
                if (count == 0) return (ClusterObjects.Read(buffer.AsSpan(0, length), isSecrets), null);
                length += count;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (null, "cannot be listed: the answer is no list of Kubernetes");
        }
        finally
        {
            PinnedBuffers.Return(buffer);
        }
    }

    private static void Discard(X509Certificate2Collection certificates)
    {
        foreach (var certificate in certificates) certificate.Dispose();
    }

    /// <summary>Without what the other side may have said.</summary>
    private static string Words(HttpRequestException e) => e switch
    {
        { InnerException: AuthenticationException } => "the certificate of the API server is not trusted",
        { HttpRequestError: HttpRequestError.NameResolutionError } => "the name of the API server is not known",
        { HttpRequestError: HttpRequestError.ConnectionError } => "the API server cannot be reached",
        { HttpRequestError: HttpRequestError.SecureConnectionError } => "no TLS comes about with the API server",
        _ => "the API server gives no answer",
    };

    /// <summary>Owns the certificates of the authorities: they are needed as long as connections are made.</summary>
    private sealed class AuthoritiesHandler(X509Certificate2Collection authorities, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing) Discard(authorities);
        }
    }
}
