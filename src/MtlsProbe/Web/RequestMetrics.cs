using System.Globalization;
using MtlsProbe.Probing;

namespace MtlsProbe.Web;

/// <summary>Counts requests by what was asked for and how it was answered.</summary>
internal sealed class RequestMetrics(ProberMetrics metrics, TimeProvider time)
{
    /// <summary>Whatever is not served here has one path: what strangers ask for must not fill a database.</summary>
    private const string Other = "other";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var start = time.GetTimestamp();
        var code = StatusCodes.Status500InternalServerError; // what the server answers where something throws
        try
        {
            await next(context).ConfigureAwait(false);
            code = context.Response.StatusCode;
        }
        finally
        {
            if (context.RequestAborted.IsCancellationRequested) code = StatusCodes.Status499ClientClosedRequest;
            var path = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? Other;
            metrics.HttpRequests.WithLabels(path, code.ToString(CultureInfo.InvariantCulture)).Inc();
            metrics.HttpDurations.WithLabels(path).Observe(time.GetElapsedTime(start).TotalSeconds);
        }
    }
}
