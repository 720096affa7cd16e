using System.Globalization;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Status;

namespace MtlsProbe.Web;

/// <summary><c>POST /api/v1/targets/NAME/probe</c>: the scheduled probes of a target, brought forward to now.</summary>
/// <param name="stopping">Nobody is kept waiting after that.</param>
internal sealed class ProbeNowEndpoint(Fleet fleet, FleetViews views, TimeProvider time, CancellationToken stopping)
{
    /// <summary>
    /// A page of another origin cannot send a header of its own without asking first, and is not answered when it asks (the Fetch
    /// standard: "CORS-safelisted request-header").
    /// </summary>
    public const string Header = "X-MtlsProbe";

    /// <summary>Beyond two timeouts: a probe under way has to end first, and then ours.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly ProbeAllowance _allowance = new(time);

    public async Task WriteAsync(HttpContext context)
    {
        var (view, _) = views.Now();
        var target = TargetAnswer.Find(context, view);
        if ((Refused(context) ?? (target is null ? TargetAnswer.Unknown : null)) is { } refusal)
        {
            await Problem.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        if (_allowance.Take(target!.Name) is { } wait)
        {
            var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            context.Response.Headers.RetryAfter = seconds;
            await Problem.WriteAsync(context, new(StatusCodes.Status429TooManyRequests, $"Probes were asked for a moment ago; ask again in {seconds} s.")).ConfigureAwait(false);
            return;
        }

        if (await ProbeAsync(target, context.RequestAborted).ConfigureAwait(false) is not { } status)
        {
            await Problem.WriteAsync(context, new(StatusCodes.Status503ServiceUnavailable, "MtlsProbe is being stopped.")).ConfigureAwait(false);
            return;
        }

        SafeHeaders.Set(context, SafeHeaders.DataPolicy);
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        (view, _) = views.Now();
        await JsonAnswer.WriteAsync(
            context,
            () => TargetDetail.Of(view, views.Instance, view.Target(target.Name) ?? target, HandshakeFilter.None, new Paging(1, TargetAnswer.DefaultLimit)),
            StatusJson.Default.TargetDetail).ConfigureAwait(false);
    }

    /// <summary>200 once the probes have ended, 202 when that takes too long; null when the program is being stopped.</summary>
    private async Task<int?> ProbeAsync(Target target, CancellationToken aborted)
    {
        var patience = (target.Timeout * 2) + Grace;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
        try
        {
            await fleet.RunSoonAsync(target.Name).WaitAsync(patience < LongestWait ? patience : LongestWait, time, either.Token).ConfigureAwait(false);
            return StatusCodes.Status200OK;
        }
        catch (TimeoutException)
        {
            return StatusCodes.Status202Accepted;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return null;
        }
    }

    private static Refusal? Refused(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (!headers.ContainsKey(Header))
            return new(StatusCodes.Status403Forbidden, $"The header {Header} is missing; any value will do. It shows that no page of another origin asks.");
        if (headers["Sec-Fetch-Site"] is { Count: > 0 } site && site != "same-origin")
            return new(StatusCodes.Status403Forbidden, "A page of another origin cannot ask for probes.");
        return new ApiQuery(context.Request.Query).Refusal;
    }
}
