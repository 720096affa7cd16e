using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>
/// Requests to a responder over HTTP (RFC 6960 Appendix A): GET if the whole URL has at most 255 octets, so that caches can answer; otherwise POST,
/// and also if the responder does not support GET (RFC 5019 §5).
/// </summary>
/// <param name="responder">The configured responder; null: none. Only this one may have a private address.</param>
/// <param name="proxy">Null: a direct connection.</param>
/// <param name="anchors">For https: trusted in addition to the anchors of the machine.</param>
internal sealed class OcspResponder(
    string? responder, ProxyServer? proxy, Func<ValueList<Certificate>> anchors, Func<FetchRequest, CancellationToken, Task<FetchAnswer>> fetch)
{
    private const string Type = "application/ocsp-request";
    private const int LongestGet = 255;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>An <see cref="OcspFetch"/>.</summary>
    public async Task<(ReadOnlyMemory<byte>? Answer, string? Problem)> AskAsync(string url, byte[] request, CancellationToken stop)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var place) || place is not { Scheme: "http" or "https", UserInfo: "", Host.Length: > 0 })
            return (null, "is not at a URL with http or https");
        var get = $"{url.TrimEnd('/')}/{Uri.EscapeDataString(Convert.ToBase64String(request))}";
        if (get.Length <= LongestGet && Uri.TryCreate(get, UriKind.Absolute, out var short_))
        {
            var cached = await fetch(Request(short_, place), stop).ConfigureAwait(false);
            if (cached.Content is not null || cached.Status is null) return (cached.Content, cached.Problem);
        }

        var posted = await fetch(Request(place, place) with { Body = request, ContentType = Type }, stop).ConfigureAwait(false);
        return (posted.Content, posted.Problem);
    }

    /// <param name="url">The URL of the request.</param>
    /// <param name="place">The responder that it belongs to.</param>
    private FetchRequest Request(Uri url, Uri place) => new(url)
    {
        IsConfigured = asked => responder is not null && new Uri(responder) == place && (asked == place || asked == url),
        Proxy = proxy,
        Anchors = anchors(),
        MostBytes = OcspResponse.MaxLength,
        Timeout = s_timeout,
        Patience = s_patience,
    };
}
