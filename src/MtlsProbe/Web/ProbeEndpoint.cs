using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MtlsProbe.Diagnosis;
using MtlsProbe.Metrics;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Web;

/// <summary><c>/probe?target=NAME[&amp;debug=true]</c>: a target probed now, as metrics of this probe alone or as a diagnosis.</summary>
/// <param name="stopping">Probes under way are given up then.</param>
internal sealed class ProbeEndpoint(Fleet fleet, TimeProvider time, CancellationToken stopping)
{
    /// <summary>A flood of requests must not take the file descriptors of the scheduled probes.</summary>
    public const int MostAtOnce = 50;

    private int _underWay;

    public async Task WriteAsync(HttpContext context)
    {
        var (request, refusal) = ProbeRequest.Read(context.Request, fleet.Configuration);
        ProbeResult? result = null;
        if (request is not null) (result, refusal) = await ProbeAsync(request, context.RequestAborted).ConfigureAwait(false);
        if (refusal is not null) await Answer.TextAsync(context, refusal.Status, refusal.Sentence + "\n").ConfigureAwait(false);
        else if (request!.Debug) await WriteDiagnosisAsync(context, request.Target, result!).ConfigureAwait(false);
        else await WriteMetricsAsync(context, request.Target, result!).ConfigureAwait(false);
    }

    /// <summary>Exactly one of the two is null.</summary>
    private async Task<(ProbeResult? Result, Refusal? Refusal)> ProbeAsync(ProbeRequest request, CancellationToken aborted)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
        try
        {
            return Interlocked.Increment(ref _underWay) > MostAtOnce
                ? (null, new(StatusCodes.Status503ServiceUnavailable, "Too many probes on demand are under way; try again."))
                : (await fleet.ProbeNowAsync(request.Target, request.Timeout, end.Token).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return (null, new(StatusCodes.Status503ServiceUnavailable, "MtlsProbe is being stopped."));
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
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
        DiagnosisText.Write(result, text, color: false, time.GetUtcNow());
        var metrics = new ArrayBufferWriter<byte>();
        Exposition.WriteProbe(ResultStore.Alone(target, result), ExpositionFormat.Text, metrics);
        text.WriteLine("\nResult record");
        text.WriteLine(JsonSerializer.Serialize(result, ProbeResultJson.Pretty.ProbeResult));
        text.WriteLine("\nMetrics");
        text.Write(Encoding.UTF8.GetString(metrics.WrittenSpan));
        return Answer.TextAsync(context, StatusCodes.Status200OK, text.ToString());
    }
}
