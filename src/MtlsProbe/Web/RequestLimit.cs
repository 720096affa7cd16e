using System.Globalization;
using System.Threading.RateLimiting;

namespace MtlsProbe.Web;

/// <summary>How many requests our own HTTP server answers, for all clients together: <c>rate_limit</c> of exporter-toolkit.</summary>
/// <param name="Interval">The time after which one more request is answered.</param>
/// <param name="Burst">Requests that are answered at once.</param>
internal sealed record RequestLimit(TimeSpan Interval, int Burst);

/// <summary>Refuses requests above a <see cref="RequestLimit"/> with status 429, before passwords are checked, because that check is expensive.</summary>
/// <param name="refused">Writes the body of a refusal.</param>
internal sealed class RequestLimiter(RequestLimit limit, RequestDelegate refused) : IDisposable
{
    private readonly string _retryAfter = Math.Ceiling(limit.Interval.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private readonly TokenBucketRateLimiter _bucket = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = limit.Burst,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = limit.Interval,
        AutoReplenishment = false, // by each request, for the time since the last one: no timer
        QueueLimit = 0,
    });

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        _bucket.TryReplenish();
        using var lease = _bucket.AttemptAcquire();
        if (lease.IsAcquired)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        context.Response.Headers.RetryAfter = _retryAfter;
        await refused(context).ConfigureAwait(false);
    }

    public void Dispose() => _bucket.Dispose();
}
