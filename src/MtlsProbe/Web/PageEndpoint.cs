namespace MtlsProbe.Web;

/// <summary><c>/</c> and <c>/page/…</c>: the status page, whose files are inside the binary and need nothing from elsewhere.</summary>
internal static class PageEndpoint
{
    /// <summary>Script, style and data come from here or not at all, so that markup that slips in could do nothing.</summary>
    public const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; " +
        "form-action 'none'; frame-ancestors 'none'";

    private const string Front = "index.html";

    public static Task WriteFrontAsync(HttpContext context) => WriteAsync(context, ServedFile.Page[Front], Policy);

    public static Task WriteAssetAsync(HttpContext context)
    {
        var name = context.Request.RouteValues["name"] as string ?? "";
        if (name != Front && ServedFile.Page.TryGetValue(name, out var file)) return WriteAsync(context, file, Policy);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>A file, unless the client has it already.</summary>
    public static async Task WriteAsync(HttpContext context, ServedFile file, string policy)
    {
        SafeHeaders.Set(context, policy);
        if (file.ETag.IsKnownTo(context)) return;
        context.Response.ContentType = file.ContentType;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(file.Content, context.RequestAborted).ConfigureAwait(false);
    }
}
