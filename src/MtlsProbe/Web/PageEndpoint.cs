using MtlsProbe.Api;

namespace MtlsProbe.Web;

/// <summary><c>/</c> and <c>/page/…</c>: the status page, whose files are inside the program and need nothing from elsewhere.</summary>
internal static class PageEndpoint
{
    /// <summary>Scripts, styles and data come only from this server, so injected markup could do nothing.</summary>
    public const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; " +
        "form-action 'none'; frame-ancestors 'none'";

    private const string Front = "index.html";

    public static Task WriteFrontAsync(HttpContext context) => ServedFile.Page[Front].WriteAsync(context, Policy);

    public static Task WriteAssetAsync(HttpContext context)
    {
        var name = context.Request.RouteValues["name"] as string ?? "";
        if (name != Front && ServedFile.Page.TryGetValue(name, out var file)) return file.WriteAsync(context, Policy);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>The text of a runbook, by the name of its alert.</summary>
    public static Task WriteRunbookAsync(HttpContext context)
    {
        var name = context.Request.RouteValues["name"] as string ?? "";
        if (ServedFile.Runbooks.TryGetValue(name, out var file)) return file.WriteAsync(context, SafeHeaders.DataPolicy);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
