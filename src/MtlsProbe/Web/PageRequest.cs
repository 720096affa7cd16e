namespace MtlsProbe.Web;

/// <summary>
/// Recognizes a request that a page makes a browser send: browsers mark it (Fetch standard, "Origin"; Fetch Metadata, "Sec-Fetch-Site"), and a page
/// cannot prevent this. curl and reloaders send neither. The origin does not matter: a page whose name was made to resolve to this server (DNS
/// rebinding) has the same origin as ours.
/// </summary>
internal static class PageRequest
{
    public static bool Is(HttpRequest request) =>
        request.Headers.Origin.Count > 0 || request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "none");
}
