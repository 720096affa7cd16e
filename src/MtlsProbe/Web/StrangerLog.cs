using System.Collections.Concurrent;
using MtlsProbe.Probing;

namespace MtlsProbe.Web;

/// <summary>
/// Limits the web server's log: connections broken by clients (no TLS, broken HTTP/2, no HTTP) are counted by kind and logged once a minute; every
/// other event of Kestrel is logged at most once a minute. A client that causes ten thousand lines could otherwise hide an important one.
/// </summary>
internal sealed partial class StrangerLog(ILoggerFactory logs, ProberMetrics metrics, TimeProvider time) : ILoggerFactory
{
    public const string Tls = "tls";
    public const string Http2 = "http2";
    public const string BadRequest = "bad_request";

    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";
    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    private readonly ILogger _log = logs.CreateLogger<StrangerLog>();
    private readonly ConcurrentDictionary<string, long> _toldAt = new();
    private long _tls;
    private long _http2;
    private long _bad;

    public ILogger CreateLogger(string categoryName) => categoryName.StartsWith(Kestrel, StringComparison.Ordinal)
        ? new Counting(this, logs.CreateLogger(categoryName), KindOf(categoryName))
        : logs.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => logs.AddProvider(provider);

    /// <summary>Its owner disposes the underlying logger.</summary>
    public void Dispose()
    {
    }

    private static string? KindOf(string category) => category switch
    {
        _ when category.EndsWith("HttpsConnectionMiddleware", StringComparison.Ordinal) => Tls,
        _ when category.EndsWith(".Http2", StringComparison.Ordinal) => Http2,
        _ when category.EndsWith(".BadRequests", StringComparison.Ordinal) => BadRequest,
        _ => null,
    };

    private void Count(string kind)
    {
        metrics.HttpConnectionErrors.WithLabels(kind).Inc();
        Interlocked.Increment(ref kind == Tls ? ref _tls : ref kind == Http2 ? ref _http2 : ref _bad);
        if (IsDue("")) LogBroken(Interlocked.Exchange(ref _tls, 0), Interlocked.Exchange(ref _http2, 0), Interlocked.Exchange(ref _bad, 0));
    }

    /// <summary>Whether this has not been logged for a minute.</summary>
    private bool IsDue(string what)
    {
        var now = time.GetTimestamp();
        if (!_toldAt.TryGetValue(what, out var told)) return _toldAt.TryAdd(what, now);
        return time.GetElapsedTime(told, now) >= s_pause && _toldAt.TryUpdate(what, now, told);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Broken connections to the web server since the last report: {Tls} in TLS, {Http2} in HTTP/2, {Bad} by an invalid request")]
    private partial void LogBroken(long tls, long http2, long bad);

    /// <param name="kind">Null: not counted.</param>
    private sealed class Counting(StrangerLog owner, ILogger inner, string? kind) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => kind is not null ? logLevel >= LogLevel.Debug : inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (kind is not null)
            {
                if (exception is not null) owner.Count(kind); // successful and regular events are logged without an exception
            }
            else if (owner.IsDue(eventId.Name ?? "")) inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
