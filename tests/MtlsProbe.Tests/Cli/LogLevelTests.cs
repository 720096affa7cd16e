using Microsoft.Extensions.Logging;
using MtlsProbe.Cli;
using MtlsProbe.Demo;
using MtlsProbe.Probing;
using Serilog.Events;

namespace MtlsProbe.Tests.Cli;

/// <summary>What is logged at which level.</summary>
public sealed class LogLevelTests
{
    /// <summary>The guide of the demo announces the steps of its rotation, and the demo logs only errors otherwise.</summary>
    [Fact]
    public void The_steps_of_the_demo_are_logged_where_only_errors_are()
    {
        using var logs = Logging.Create(new LogSettings(LogEventLevel.Error, new TextLogFormat()), Stream.Null, _ => { });

        Assert.True(logs.CreateLogger<DemoRotation>().IsEnabled(LogLevel.Information));
        Assert.False(logs.CreateLogger<Fleet>().IsEnabled(LogLevel.Warning));
    }
}
