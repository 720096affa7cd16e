using System.Globalization;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Api;

/// <summary><c>POST /api/v1/targets/NAME/probe</c>: the scheduled probes of a target, brought forward to now.</summary>
/// <param name="stopping">Requests do not wait after that. The fleet may have been stopped earlier.</param>
internal sealed class ProbeNowEndpoint(Fleet fleet, FleetViews views, TimeProvider time, CancellationToken stopping)
{
    /// <summary>
    /// A page of another origin cannot send a custom header without a preflight request, and we do not answer that (the Fetch standard:
    /// "CORS-safelisted request-header").
    /// </summary>
    public const string Header = "X-MtlsProbe";

    /// <summary>Added to two timeouts: a probe in progress must end first, and then ours.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly ProbeAllowance _allowance = new(time);

    public async Task WriteAsync(HttpContext context)
    {
        var (view, _) = views.Now();
        var target = TargetAnswer.Find(context, view);
        if ((Refused(context) ?? (target is null ? TargetAnswer.Unknown(context, view) : null)) is { } refusal)
        {
            await Problem.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        if (_allowance.Take(target!.Name, view.ByTarget[target.Name].Count) is { } wait)
        {
            var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            context.Response.Headers.RetryAfter = seconds;
            await Problem.WriteAsync(context, new(StatusCodes.Status429TooManyRequests, $"Probes were requested a moment ago; try again in {seconds} s.")).ConfigureAwait(false);
            return;
        }

        if (await ProbeAsync(target, context.RequestAborted).ConfigureAwait(false) is not { } progress)
        {
            await Problem.WriteAsync(context, new(StatusCodes.Status503ServiceUnavailable, "MtlsProbe is being stopped.")).ConfigureAwait(false);
            return;
        }

        (view, _) = views.Now();
        if (view.Target(target.Name) is not { } after)
        {
            await Problem.WriteAsync(context, TargetAnswer.Unknown(context, view)).ConfigureAwait(false); // a reload has removed it
            return;
        }

        SafeHeaders.Set(context, SafeHeaders.DataPolicy);
        context.Response.StatusCode = progress.Status;
        context.Response.Headers.CacheControl = "no-store";
        await JsonAnswer.WriteAsync(
            context,
            () => TargetDetail.Of(view, views.Instance, after, HandshakeFilter.None, new Paging(1, TargetAnswer.DefaultLimit), progress.Note),
            StatusJson.Default.TargetDetail).ConfigureAwait(false);
    }

    /// <summary>200 when every probe has ended, otherwise 202 and the reason; null if the program is being stopped.</summary>
    private async Task<Progress?> ProbeAsync(Target target, CancellationToken aborted)
    {
        var patience = (target.Timeout * 2) + Grace;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
        try
        {
            if (fleet.RunSoonAsync(target.Name) is not { } probes) return Later("No probe of this target is planned yet: its addresses are being looked up.");
            var made = await probes.WaitAsync(patience < LongestWait ? patience : LongestWait, time, either.Token).ConfigureAwait(false);
            return made ? new Progress(StatusCodes.Status200OK, null) : Later("The probes of this target have just been planned again; the new ones start soon.");
        }
        catch (TimeoutException)
        {
            return Later("The probes are still running. Their results will follow.");
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return null;
        }
    }

    private static Progress Later(string note) => new(StatusCodes.Status202Accepted, note);

    private static Refusal? Refused(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (!headers.ContainsKey(Header))
            return new(StatusCodes.Status403Forbidden, $"The header {Header} is missing; any value is accepted. It protects against requests from pages of other origins.");
        if (headers["Sec-Fetch-Site"] is { Count: > 0 } site && site != "same-origin")
            return new(StatusCodes.Status403Forbidden, "Pages of other origins cannot request probes.");
        return new ApiQuery(context.Request.Query).Refusal;
    }

    /// <param name="Note">Why the probes have not ended.</param>
    private sealed record Progress(int Status, string? Note);
}
