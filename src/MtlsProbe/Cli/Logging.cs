using MtlsProbe.Demo;
using Serilog;
using Serilog.Configuration;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;

namespace MtlsProbe.Cli;

/// <summary>Logs to standard error, by Serilog behind the standard logging interface.</summary>
internal static class Logging
{
    /// <summary>To standard error, synchronously: for a command that ends soon.</summary>
    public static ILoggerFactory Create(LogSettings settings) => Create(settings, sinks => sinks.Console(settings.Format, standardErrorFromLevel: LogEventLevel.Verbose));

    /// <summary>For a serving process: code that logs never waits.</summary>
    /// <param name="output">The destination of the log.</param>
    /// <param name="dropped">Called with the number of further lines that were dropped because the output was blocked.</param>
    public static ILoggerFactory Create(LogSettings settings, Stream output, Action<long> dropped) =>
        Create(settings, sinks => sinks.Sink(new LogQueue(settings.Format, output, dropped)));

    private static SerilogLoggerFactory Create(LogSettings settings, Func<LoggerSinkConfiguration, LoggerConfiguration> sink)
    {
        var logger = sink(new LoggerConfiguration()
            .MinimumLevel.Is(settings.Level)
            .MinimumLevel.Override("Microsoft", settings.Level > LogEventLevel.Warning ? settings.Level : LogEventLevel.Warning)
            .MinimumLevel.Override(typeof(DemoRotation).FullName!, settings.Level < LogEventLevel.Information ? settings.Level : LogEventLevel.Information) // the steps that the guide announces, at any level
            .MinimumLevel.Override("Microsoft.Extensions.Hosting", LevelAlias.Off) // a failed start is reported as a sentence, not as a stack trace
            .WriteTo).CreateLogger();
        return new SerilogLoggerFactory(logger, dispose: true);
    }
}

/// <summary>The values of <c>--log.level</c> and <c>--log.format</c>.</summary>
internal sealed record LogSettings(LogEventLevel Level, ITextFormatter Format)
{
    public static LogEventLevel LevelOf(string word) => word switch
    {
        "debug" => LogEventLevel.Debug,
        "warn" => LogEventLevel.Warning,
        "error" => LogEventLevel.Error,
        _ => LogEventLevel.Information,
    };
}
