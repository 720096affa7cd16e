namespace MtlsProbe.Web;

/// <summary>
/// Tells the request that a page makes a browser send: browsers say so (Fetch standard, "Origin"; Fetch Metadata, "Sec-Fetch-Site"), and no
/// page can keep them from it. curl and reloaders send neither. Which origin it is does not matter: a page whose own name was made to lead
/// here (DNS rebinding) is of the same one as ours.
/// </summary>
internal static class PageRequest
{
    public static bool Is(HttpRequest request) =>
        request.Headers.Origin.Count > 0 || request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "none");
}
