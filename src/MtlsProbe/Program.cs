using MtlsProbe.Cli;

// The composition root: the system's clock, environment and terminal enter here and nowhere else.
return await CommandLine.RunAsync(args, new Surroundings
{
    Output = Console.Out,
    Error = Console.Error,
    Time = TimeProvider.System,
    Environment = Environment.GetEnvironmentVariable,
    Program = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) != "dotnet" ? path : $"dotnet {Environment.GetCommandLineArgs()[0]}",
    OutputIsTerminal = !Console.IsOutputRedirected,
    ErrorIsTerminal = !Console.IsErrorRedirected,
});
