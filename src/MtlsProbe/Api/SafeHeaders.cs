namespace MtlsProbe.Api;

/// <summary>The headers that prevent a browser from misinterpreting an answer or showing it on another site.</summary>
internal static class SafeHeaders
{
    /// <summary>For data: runs nothing and loads nothing.</summary>
    public const string DataPolicy = "default-src 'none'; frame-ancestors 'none'";

    /// <param name="policy">The Content-Security-Policy.</param>
    public static void Set(HttpContext context, string policy)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}
