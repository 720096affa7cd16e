using System.Security.Cryptography;
using System.Text;
using MtlsProbe.ApiCalls;
using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Discovery;

/// <summary>
/// Whom to trust and what to show at a server that lists targets: files that are read at each request, so that what somebody renews is used. Connections
/// stay while the authorities do. For one thread at a time.
/// </summary>
internal sealed class HttpCredentials(HttpDiscovery place) : IDisposable
{
    /// <summary>In bytes, of each file.</summary>
    private const int MaxFile = 1024 * 1024;

    private HttpMessageInvoker? _invoker;
    private string? _authorities; // of the invoker

    /// <returns>The connections, and the header that says who asks, if any; or what is wrong, as a sentence without a full stop.</returns>
    public (HttpMessageInvoker? Invoker, string? Authorization, string? Problem) Read()
    {
        using var files = FileSet.ReadPatiently(new[] { place.CaFile, place.TokenFile, place.PasswordFile }.OfType<string>(), MaxFile);
        if (files.Files.FirstOrDefault(file => file.Problem is not null) is { } missing) return (null, null, $"{missing.Path} {missing.Problem!.Text}");
        if (Invoker(files) is not { } invoker) return (null, null, $"{place.CaFile} holds no certificate that can be read");
        if (place.TokenFile is { } tokenFile)
            return ApiTransport.Token(files[tokenFile].Bytes) is { } token ? (invoker, "Bearer " + token, null) : (null, null, $"{tokenFile} holds no token");
        if (place.PasswordFile is not { } passwordFile) return (invoker, null, null);
        var password = Encoding.UTF8.GetString(files[passwordFile].Bytes).TrimEnd('\r', '\n');
        if (password.Any(char.IsControl)) return (null, null, $"{passwordFile} holds no password: it is one line");
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

        // The one before goes when its connections idle.
        _authorities = digest;
        return _invoker = new HttpMessageInvoker(ApiTransport.Of(authorities));
    }
}
