using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.WebUtilities;

namespace MtlsProbe.Api;

/// <summary>Why a request to the API is refused (RFC 9457).</summary>
/// <param name="Title">The status in words.</param>
/// <param name="Detail">A sentence about what is wrong and what is allowed.</param>
internal sealed record Problem(string Title, int Status, string Detail)
{
    public const string ContentType = "application/problem+json";

    public static async Task WriteAsync(HttpContext context, Refusal refusal)
    {
        SafeHeaders.Set(context, SafeHeaders.DataPolicy);
        context.Response.StatusCode = refusal.Status;
        context.Response.ContentType = ContentType;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        var problem = new Problem(ReasonPhrases.GetReasonPhrase(refusal.Status), refusal.Status, refusal.Sentence);
        await JsonSerializer.SerializeAsync(context.Response.Body, problem, ProblemJson.Default.Problem, context.RequestAborted).ConfigureAwait(false);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Problem))]
internal sealed partial class ProblemJson : JsonSerializerContext;
