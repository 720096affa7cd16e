using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MtlsProbe.Tests.Probing;

/// <summary>Keeps what is logged.</summary>
internal sealed class LogLines<T> : ILogger<T>
{
    private readonly ConcurrentQueue<LogLine> _lines = [];

    public IReadOnlyList<LogLine> All => [.. _lines];

    /// <summary>The lines that are not at debug.</summary>
    public IReadOnlyList<LogLine> Shown => [.. _lines.Where(line => line.Level > LogLevel.Debug)];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var fields = state as IEnumerable<KeyValuePair<string, object?>> ?? [];
        _lines.Enqueue(new LogLine(logLevel, formatter(state, exception), fields.ToDictionary(field => field.Key, field => field.Value, StringComparer.OrdinalIgnoreCase), exception));
    }
}

/// <summary>One event: its sentence and its fields.</summary>
internal sealed record LogLine(LogLevel Level, string Text, IReadOnlyDictionary<string, object?> Fields, Exception? Exception);
