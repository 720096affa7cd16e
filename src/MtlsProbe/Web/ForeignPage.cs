namespace MtlsProbe.Web;

/// <summary>
/// Tells the request that a page of another origin makes a browser send: browsers say so (Fetch standard, "Origin"; Fetch Metadata,
/// "Sec-Fetch-Site"), and no page can keep them from it. curl and reloaders send neither.
/// </summary>
internal static class ForeignPage
{
    public static bool Asks(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0) return site is not ("same-origin" or "none");
        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}
