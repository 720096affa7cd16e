using Microsoft.AspNetCore.Http.Headers;
using MtlsProbe.Metrics;
using MtlsProbe.Probing;

namespace MtlsProbe.Web;

/// <summary><c>/metrics</c>: the current state of the fleet.</summary>
internal sealed class MetricsEndpoint(Fleet fleet)
{
    private volatile SeriesLabels? _labels;

    public Task WriteAsync(HttpContext context)
    {
        var format = Format(context.Request);
        context.Response.ContentType = format.ContentType();
        if (HttpMethods.IsHead(context.Request.Method)) return Task.CompletedTask;
        var snapshot = fleet.Snapshot();
        var labels = _labels = SeriesLabels.Of(snapshot, _labels);
        return Exposition.WriteAsync(snapshot, fleet.OwnMetrics.Registry, format, context.Response.BodyWriter, context.RequestAborted, labels);
    }

    /// <summary>The format that the client prefers (RFC 9110 §12.5.1); the text format, which every client supports, if it does not say.</summary>
    public static ExpositionFormat Format(HttpRequest request)
    {
        var best = ExpositionFormat.Text;
        var bestQuality = 0.0;
        foreach (var accepted in new RequestHeaders(request.Headers).Accept)
        {
            var quality = accepted.Quality ?? 1;
            if (quality <= bestQuality) continue;
            if (accepted.MediaType.Equals("application/openmetrics-text", StringComparison.OrdinalIgnoreCase))
            {
                var version = accepted.Parameters.FirstOrDefault(parameter => parameter.Name == "version")?.Value.Value?.Trim('"');
                if (version is not (null or "0.0.1" or "1.0.0")) continue;
                best = ExpositionFormat.OpenMetrics;
            }
            else if (accepted.MatchesAllTypes || accepted.Type.Equals("text", StringComparison.OrdinalIgnoreCase)) best = ExpositionFormat.Text;
            else continue;
            bestQuality = quality;
        }

        return best;
    }
}
