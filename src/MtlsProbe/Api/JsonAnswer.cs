using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MtlsProbe.Api;

/// <summary>A response in JSON.</summary>
internal static class JsonAnswer
{
    /// <param name="make">Can set headers.</param>
    public static async Task WriteAsync<T>(HttpContext context, Func<T> make, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        var answer = make();
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await JsonSerializer.SerializeAsync(context.Response.Body, answer, type, context.RequestAborted).ConfigureAwait(false);
    }
}
