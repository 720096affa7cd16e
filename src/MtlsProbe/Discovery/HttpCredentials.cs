using System.Security.Cryptography;
using System.Text;
using MtlsProbe.ApiCalls;
using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Discovery;

/// <summary>
/// The trusted authorities and our authentication for a server that lists targets. The files are read for each request, so replaced contents are used;
/// connections stay while the authorities are unchanged. For one thread at a time.
/// </summary>
internal sealed class HttpCredentials(HttpDiscovery place) : IDisposable
{
    /// <summary>In bytes, of each file.</summary>
    private const int MaxFile = 1024 * 1024;

    private HttpMessageInvoker? _invoker;
    private string? _authorities; // of the invoker

    /// <returns>The connections and the value of the header Authorization, if there is one; or what is wrong, as a sentence without a full stop.</returns>
    public (HttpMessageInvoker? Invoker, string? Authorization, string? Problem) Read()
    {
        using var files = FileSet.ReadPatiently(new[] { place.CaFile, place.TokenFile, place.PasswordFile }.OfType<string>(), MaxFile);
        if (files.Files.FirstOrDefault(file => file.Problem is not null) is { } missing) return (null, null, $"{missing.Path} {missing.Problem!.Text}");
        if (Invoker(files) is not { } invoker) return (null, null, $"{place.CaFile} holds no certificate that can be read");
        if (place.TokenFile is { } tokenFile)
            return ApiTransport.Token(files[tokenFile].Bytes) is { } token ? (invoker, "Bearer " + token, null) : (null, null, $"{tokenFile} holds no token");
        if (place.PasswordFile is not { } passwordFile) return (invoker, null, null);
        var password = Encoding.UTF8.GetString(files[passwordFile].Bytes).TrimEnd('\r', '\n');
        if (password.Any(char.IsControl)) return (null, null, $"{passwordFile} holds no password, which is a single line");
        return (invoker, "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{place.Username}:{password}")), null);
    }

    public void Dispose() => _invoker?.Dispose();

    private HttpMessageInvoker? Invoker(FileSet files)
    {
        var pem = place.CaFile is { } file ? files[file].Bytes : [];
        var digest = place.CaFile is null ? "" : Convert.ToHexStringLower(SHA256.HashData(pem));
        if (_invoker is not null && _authorities == digest) return _invoker;
        var authorities = place.CaFile is null ? null : ApiTransport.Authorities(pem);
        if (place.CaFile is not null && authorities is null) return null;
        _invoker?.Dispose(); // its connections idle, because there is one request at a time
        _authorities = digest;
        return _invoker = new HttpMessageInvoker(ApiTransport.Of(authorities));
    }
}
