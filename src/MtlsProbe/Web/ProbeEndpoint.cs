using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MtlsProbe.Api;
using MtlsProbe.Metrics;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Terminal;

namespace MtlsProbe.Web;

/// <summary><c>/probe?target=NAME[&amp;debug=true]</c>: a target probed now, as metrics of this probe only, or as a diagnosis.</summary>
/// <param name="stopping">Ends probes in progress.</param>
internal sealed class ProbeEndpoint(Fleet fleet, TimeProvider time, CancellationToken stopping)
{
    /// <summary>
    /// Maximum number of requests: more are refused at once, instead of waiting for one of the slots that <see cref="Fleet"/> has for the handshakes
    /// of all requests together.
    /// </summary>
    public const int MostAtOnce = 50;

    private int _underWay;

    public async Task WriteAsync(HttpContext context)
    {
        var (request, refusal) = ProbeRequest.Read(context.Request, fleet.Configuration, fleet.Protocols);
        ResultStore? results = null;
        if (request is not null) (results, refusal) = await ProbeAsync(request, context.RequestAborted).ConfigureAwait(false);
        if (refusal is not null) await Answer.TextAsync(context, refusal.Status, refusal.Sentence + "\n").ConfigureAwait(false);
        else if (request!.Debug) await WriteDiagnosisAsync(context, results!).ConfigureAwait(false);
        else await WriteMetricsAsync(context, results!).ConfigureAwait(false);
    }

    /// <summary>Exactly one of the two is null.</summary>
    private async Task<(ResultStore? Results, Refusal? Refusal)> ProbeAsync(ProbeRequest request, CancellationToken aborted)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
        try
        {
            return Interlocked.Increment(ref _underWay) > MostAtOnce
                ? (null, new(StatusCodes.Status503ServiceUnavailable, "Too many probes on demand are in progress; try again."))
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

    private static async Task WriteMetricsAsync(HttpContext context, ResultStore results)
    {
        var format = MetricsEndpoint.Format(context.Request);
        context.Response.ContentType = format.ContentType();
        if (HttpMethods.IsHead(context.Request.Method)) return;
        Exposition.WriteProbe(results.All, results.Servers, format, context.Response.BodyWriter);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private Task WriteDiagnosisAsync(HttpContext context, ResultStore results)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        ProbeResult[] records = [.. results.All.Select(handshake => handshake.Last).OfType<ProbeResult>()];
        SurveyText.Write(records, new Pen(text, color: false), time.GetUtcNow());
        text.WriteLine();
        var metrics = new ArrayBufferWriter<byte>();
        Exposition.WriteProbe(results.All, results.Servers, ExpositionFormat.Text, metrics);
        text.WriteLine(records.Length == 1 ? "Result record" : "Result records");
        foreach (var record in records) text.WriteLine(JsonSerializer.Serialize(record, ProbeResultJson.Pretty.ProbeResult));
        text.WriteLine("\nMetrics");
        text.Write(Encoding.UTF8.GetString(metrics.WrittenSpan));
        return Answer.TextAsync(context, StatusCodes.Status200OK, text.ToString());
    }
}
