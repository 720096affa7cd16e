using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.ApiCalls;
using MtlsProbe.Files;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Clusters;

/// <summary>
/// Requests to the API server of one cluster. Our authentication is read from files for each request, so a replaced token is used. Connections are
/// kept while authorities and certificates are unchanged. Thread-safe.
/// </summary>
internal sealed class ClusterClient(KubernetesCluster cluster) : IDisposable
{
    /// <summary>Maximum bytes of each file.</summary>
    private const int MaxFile = 1024 * 1024;

    private readonly Lock _gate = new();
    private HttpMessageInvoker? _invoker;
    private string? _identity; // of the current invoker: server, authorities, client certificate

    /// <summary>Sends a request.</summary>
    /// <param name="path">The path after the address of the server, with its query.</param>
    /// <returns>The response, whose head has been read; or why there is none, as a sentence without a full stop.</returns>
    /// <exception cref="HttpRequestException">There is no response.</exception>
    public async Task<(HttpResponseMessage? Answer, string? Problem)> GetAsync(string path, CancellationToken stop)
    {
        var (invoker, request, problem) = Prepare(path);
        if (invoker is null || request is null) return (null, problem);
        using (request) return (await invoker.SendAsync(request, stop).ConfigureAwait(false), null);
    }

    public void Dispose()
    {
        lock (_gate) _invoker?.Dispose();
    }

    private (HttpMessageInvoker? Invoker, HttpRequestMessage? Request, string? Problem) Prepare(string path)
    {
        var (login, problem) = Login();
        if (login is null) return (null, null, problem);
        using var files = FileSet.ReadPatiently(login.Files, MaxFile);
        if (files.Files.FirstOrDefault(file => file.Problem is not null) is { } missing) return (null, null, $"{missing.Path} {missing.Problem!.Text}");
        var token = login.Token;
        if (login.TokenFile is { } tokenFile && (token = ApiTransport.Token(files[tokenFile].Bytes)) is null) return (null, null, $"{tokenFile} contains no token");
        var (invoker, wrong) = Invoker(login, files);
        if (invoker is null) return (null, null, wrong);

        // Watches of a whole cluster share connections if the server speaks HTTP/2.
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(login.Server, path)) { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        request.Headers.TryAddWithoutValidation("User-Agent", "MtlsProbe");
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        if (token is not null) request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        return (invoker, request, null);
    }

    private (ClusterLogin? Login, string? Problem) Login()
    {
        if (cluster.Kubeconfig is not { } path)
            return (new ClusterLogin(cluster.Server) { TokenFile = cluster.TokenFile, CaFile = cluster.CaFile }, null);
        using var files = FileSet.ReadPatiently([path], MaxFile);
        if (files[path].Problem is { } missing) return (null, $"{path} {missing.Text}");
        var (login, problem) = KubeconfigLogin.Read(files[path].Bytes, path, cluster.Context);
        return (login, problem is null ? null : $"{path} {problem}");
    }

    private (HttpMessageInvoker? Invoker, string? Problem) Invoker(ClusterLogin login, FileSet files)
    {
        var authorities = login.Authorities ?? (login.CaFile is { } caFile ? TextOf(caFile) : null);
        var (certificate, key) = (Content(login.Certificate), Content(login.Key));
        var identity = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{login.Server}\0{login.ServerName}\0{authorities}\0{certificate}\0{key}")));
        lock (_gate)
        {
            if (_invoker is not null && _identity == identity) return (_invoker, null);
            var trusted = authorities is null ? null : ApiTransport.Authorities(Encoding.UTF8.GetBytes(authorities));
            if (authorities is not null && trusted is null) return (null, $"{login.CaFile ?? cluster.Kubeconfig} contains no readable CA certificate");
            X509Certificate2? shown = null;
            try
            {
                if (certificate is not null) shown = X509Certificate2.CreateFromPem(certificate, key);
            }
            catch (CryptographicException)
            {
                return (null, $"{cluster.Kubeconfig} has a client certificate for this context whose parts cannot be read, or do not match");
            }

            // Requests in progress keep the previous invoker. It is released when they have ended and its connections are idle.
            _identity = identity;
            return (_invoker = new HttpMessageInvoker(ApiTransport.Of(trusted, shown, login.ServerName, int.MaxValue)), null);
        }

        string? Content((string Text, bool IsFile)? one) => one is not var (text, isFile) ? null : isFile ? TextOf(text) : text;
        string TextOf(string path) => Encoding.UTF8.GetString(files[path].Bytes);
    }
}
