using Serilog;
using Serilog.Configuration;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;

namespace MtlsProbe.Cli;

/// <summary>Logs to standard error, by Serilog behind the standard logging interface.</summary>
internal static class Logging
{
    /// <summary>To standard error, at once: for a command that ends soon.</summary>
    public static ILoggerFactory Create(LogSettings settings) => Create(settings, sinks => sinks.Console(settings.Format, standardErrorFromLevel: LogEventLevel.Verbose));

    /// <summary>For a process that serves: whoever logs never waits.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="dropped">Told how many lines more were dropped, since nobody read them.</param>
    public static ILoggerFactory Create(LogSettings settings, Stream output, Action<long> dropped) =>
        Create(settings, sinks => sinks.Sink(new LogQueue(settings.Format, output, dropped)));

    private static SerilogLoggerFactory Create(LogSettings settings, Func<LoggerSinkConfiguration, LoggerConfiguration> sink)
    {
        var logger = sink(new LoggerConfiguration()
            .MinimumLevel.Is(settings.Level)
            .MinimumLevel.Override("Microsoft", settings.Level > LogEventLevel.Warning ? settings.Level : LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Extensions.Hosting", LevelAlias.Off) // a start that fails is told in a sentence, not in a stack
            .WriteTo).CreateLogger();
        return new SerilogLoggerFactory(logger, dispose: true);
    }
}

/// <summary>What <c>--log.level</c> and <c>--log.format</c> say.</summary>
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
