using Microsoft.Extensions.Hosting.Systemd;
using MtlsProbe.Cli;
using MtlsProbe.Posix;

// The composition root: the system's clock, environment and terminal enter only here. It begins before any file is opened and before a signal can
// arrive.
var (hasOutput, hasError) = StandardStreams.Hold();
using var hangUp = args is ["serve" or "demo", ..] ? new HangUp() : null;
return await CommandLine.RunAsync(args, new Surroundings
{
    Output = hasOutput ? Console.Out : TextWriter.Null,
    Error = hasError ? Console.Error : TextWriter.Null,
    OpenLog = () => hasError ? Console.OpenStandardError() : Stream.Null,
    HangUp = hangUp,
    ServiceManager = new ServiceManager(new SystemdNotifier(), TimeProvider.System, Environment.GetEnvironmentVariable),
    Time = TimeProvider.System,
    Environment = Environment.GetEnvironmentVariable,
    Program = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) != "dotnet" ? path : $"dotnet {Environment.GetCommandLineArgs()[0]}",
    OutputIsTerminal = hasOutput && !Console.IsOutputRedirected,
    OutputWidth = hasOutput && !Console.IsOutputRedirected && Console.WindowWidth is >= 40 and var width ? width : 80,
    ErrorIsTerminal = hasError && !Console.IsErrorRedirected,
});
