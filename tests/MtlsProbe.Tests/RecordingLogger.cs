using Microsoft.Extensions.Logging;

namespace MtlsProbe.Tests;

/// <summary>Keeps every log line.</summary>
internal class RecordingLogger : ILogger
{
    private readonly Lock _gate = new();
    private readonly List<LogLine> _lines = [];

    /// <summary>The lines since the last call.</summary>
    public IReadOnlyList<LogLine> Take()
    {
        lock (_gate)
        {
            var lines = _lines.ToList();
            _lines.Clear();
            return lines;
        }
    }

    /// <summary>The lines since the last call, without those at level debug.</summary>
    public IReadOnlyList<LogLine> TakeShown() => [.. Take().Where(line => line.Level > LogLevel.Debug)];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var fields = state as IEnumerable<KeyValuePair<string, object?>> ?? [];
        var line = new LogLine(
            logLevel,
            formatter(state, exception) + (exception is null ? "" : " " + exception),
            fields.ToDictionary(field => field.Key, field => field.Value));
        lock (_gate) _lines.Add(line);
    }
}

/// <summary>The same for one category.</summary>
internal sealed class RecordingLogger<T> : RecordingLogger, ILogger<T>;

/// <summary>Lets one logger keep the lines of all categories.</summary>
internal sealed class RecordingLoggerProvider(RecordingLogger log) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => log;

    public void Dispose()
    {
        // Nothing to release.
    }
}

/// <summary>One event: its sentence, with the exception after it, and its fields.</summary>
internal sealed record LogLine(LogLevel Level, string Text, IReadOnlyDictionary<string, object?> Fields)
{
    public void Deconstruct(out LogLevel level, out string text) => (level, text) = (Level, Text);
}
