using System.Text.Json;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Web;

/// <summary><c>/api/v1/targets</c>: the last result record of every target that has been probed, in the order of the configuration.</summary>
internal static class TargetsEndpoint
{
    public static async Task WriteAsync(HttpContext context, Fleet fleet)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        IReadOnlyList<ProbeResult> results = [.. fleet.Snapshot().Handshakes.Select(handshake => handshake.Last).OfType<ProbeResult>()];
        await JsonSerializer.SerializeAsync(context.Response.Body, results, ProbeResultJson.Default.IReadOnlyListProbeResult, context.RequestAborted)
            .ConfigureAwait(false);
    }
}
