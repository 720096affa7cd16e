using Microsoft.Extensions.Logging;

namespace MtlsProbe.Tests;

/// <summary>Keeps every log line, rendered, with its level.</summary>
internal sealed class RecordingLogger<T> : ILogger<T>
{
    private readonly Lock _gate = new();
    private readonly List<(LogLevel Level, string Text)> _lines = [];

    /// <summary>The lines since the last call.</summary>
    public IReadOnlyList<(LogLevel Level, string Text)> Take()
    {
        lock (_gate)
        {
            var lines = _lines.ToList();
            _lines.Clear();
            return lines;
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_gate) _lines.Add((logLevel, formatter(state, exception) + (exception is null ? "" : " " + exception)));
    }
}
