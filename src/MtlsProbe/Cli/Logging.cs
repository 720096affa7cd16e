using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;

namespace MtlsProbe.Cli;

/// <summary>Logs to standard error, by Serilog behind the standard logging interface.</summary>
internal static class Logging
{
    public static ILoggerFactory Create(LogSettings settings)
    {
        var logger = new LoggerConfiguration()
            .MinimumLevel.Is(settings.Level)
            .MinimumLevel.Override("Microsoft", settings.Level > LogEventLevel.Warning ? settings.Level : LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Extensions.Hosting", LevelAlias.Off) // a start that fails is told in a sentence, not in a stack
            .WriteTo.Console(settings.Format, standardErrorFromLevel: LogEventLevel.Verbose)
            .CreateLogger();
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
