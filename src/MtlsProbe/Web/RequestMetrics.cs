using System.Globalization;
using MtlsProbe.Probing;

namespace MtlsProbe.Web;

/// <summary>Counts requests by path and by the status of the response.</summary>
internal sealed class RequestMetrics(ProberMetrics metrics, TimeProvider time)
{
    /// <summary>All other paths count as one: unknown paths from clients must not fill a database.</summary>
    private const string Other = "other";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var start = time.GetTimestamp();
        var code = StatusCodes.Status500InternalServerError; // the status of the server's response if something throws
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
