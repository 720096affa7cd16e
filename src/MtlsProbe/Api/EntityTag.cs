using Microsoft.Net.Http.Headers;

namespace MtlsProbe.Api;

/// <summary>
/// Distinguishes one state of a response from another (RFC 9110 §8.8.3). Weak, because compression changes the bytes but not the content.
/// </summary>
internal readonly record struct EntityTag
{
    private readonly string _text;

    private EntityTag(string text) => _text = text;

    /// <param name="value">Letters, digits, dots and dashes.</param>
    public static EntityTag Of(string value) => new($"W/\"{value}\"");

    public override string ToString() => _text;

    /// <summary>
    /// Sets the headers for a response that may be cached but must be revalidated. Returns whether the client already has this state; the response is
    /// then 304, and complete.
    /// </summary>
    public bool IsKnownTo(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ETag = _text;
        headers.CacheControl = "no-cache";
        var own = EntityTagHeaderValue.Parse(_text);
        if (!EntityTagHeaderValue.TryParseList(context.Request.Headers.IfNoneMatch, out var known)
            || !known.Any(tag => tag.Compare(own, useStrongComparison: false) || tag.Equals(EntityTagHeaderValue.Any))) return false;
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }
}
