using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MtlsProbe.Metrics;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Web;

/// <summary><c>/probe?target=NAME[&amp;debug=true]</c>: a target probed now, as metrics of this probe alone or as a diagnosis.</summary>
internal sealed class ProbeEndpoint(Fleet fleet, TimeProvider time)
{
    /// <summary>Kept free of the scraper's timeout, so that the answer is there before it gives up.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LeastTimeout = TimeSpan.FromMilliseconds(100);

    public async Task WriteAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (query["target"].ToString() is not { Length: > 0 } name)
        {
            await Answer.TextAsync(context, StatusCodes.Status400BadRequest, "Say which target: /probe?target=NAME, with a name of the configuration.\n").ConfigureAwait(false);
            return;
        }

        var configuration = fleet.Configuration;
        var target = configuration.Targets.FirstOrDefault(target => target.Name == name);
        if (target is null && HostPort.TryParse(name) is { } address)
        {
            if (!configuration.AllowFreeTargets)
            {
                await Answer.TextAsync(context, StatusCodes.Status403Forbidden,
                    "Only targets of the configuration are probed here: a probe shows a credential. web.allow_free_targets: true allows any address.\n").ConfigureAwait(false);
                return;
            }

            target = Free(name, address, query, configuration);
        }

        if (target is null)
        {
            await Answer.TextAsync(context, StatusCodes.Status404NotFound,
                "No target, identity or trust bundle of that name is configured; /api/v1/targets lists the targets.\n").ConfigureAwait(false);
            return;
        }

        var result = await fleet.ProbeNowAsync(target, Timeout(context.Request, target), context.RequestAborted).ConfigureAwait(false);
        if (query["debug"] == "true") await WriteDiagnosisAsync(context, target, result).ConfigureAwait(false);
        else await WriteMetricsAsync(context, target, result).ConfigureAwait(false);
    }

    /// <summary>An address that is not configured, with the identity and the trust bundle that the request names; null where one is unknown.</summary>
    private static Target? Free(string name, HostPort address, IQueryCollection query, Configuration configuration)
    {
        var identity = query["identity"].ToString() is { Length: > 0 } i ? i : Identity.None;
        var trust = query["trust"].ToString() is { Length: > 0 } t ? t : TrustSource.System;
        var known = (identity == Identity.None || configuration.Identities.Any(candidate => candidate.Name == identity))
            && (trust == TrustSource.System || configuration.Trusts.Any(candidate => candidate.Name == trust));
        return !known ? null : new Target
        {
            Name = name,
            Address = address,
            ServerName = query["server_name"].ToString() is { Length: > 0 } server && Uri.CheckHostName(server) != UriHostNameType.Unknown ? server : address.Host,
            Protocol = query["protocol"] == "tls" ? Protocol.Tls : Protocol.Https,
            Identity = identity,
            Trust = trust,
        };
    }

    /// <summary>The target's own, or less where the scraper says that it will not wait so long.</summary>
    private static TimeSpan Timeout(Microsoft.AspNetCore.Http.HttpRequest request, Target target)
    {
        if (!double.TryParse(request.Headers["X-Prometheus-Scrape-Timeout-Seconds"], NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            || !(seconds > 0 && seconds < TimeSpan.FromDays(1).TotalSeconds)) return target.Timeout;
        var patience = TimeSpan.FromSeconds(seconds) - Margin;
        if (patience < LeastTimeout) patience = LeastTimeout;
        return patience < target.Timeout ? patience : target.Timeout;
    }

    private static async Task WriteMetricsAsync(HttpContext context, Target target, ProbeResult result)
    {
        var format = MetricsEndpoint.Format(context.Request);
        context.Response.ContentType = format.ContentType();
        if (HttpMethods.IsHead(context.Request.Method)) return;
        Exposition.WriteProbe(ResultStore.Alone(target, result), format, context.Response.BodyWriter);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private Task WriteDiagnosisAsync(HttpContext context, Target target, ProbeResult result)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Diagnosis.DiagnosisText.Write(result, text, color: false, time.GetUtcNow());
        var metrics = new ArrayBufferWriter<byte>();
        Exposition.WriteProbe(ResultStore.Alone(target, result), ExpositionFormat.Text, metrics);
        text.WriteLine("\nResult record");
        text.WriteLine(JsonSerializer.Serialize(result, ProbeResultJson.Pretty.ProbeResult));
        text.WriteLine("\nMetrics");
        text.Write(Encoding.UTF8.GetString(metrics.WrittenSpan));
        return Answer.TextAsync(context, StatusCodes.Status200OK, text.ToString());
    }
}
