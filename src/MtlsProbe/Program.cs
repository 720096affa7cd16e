using MtlsProbe.Cli;

// The composition root: the system's clock, environment and terminal enter here and nowhere else.
return await CommandLine.RunAsync(args, new Surroundings
{
    Output = Console.Out,
    Error = Console.Error,
    Time = TimeProvider.System,
    Environment = Environment.GetEnvironmentVariable,
    OutputIsTerminal = !Console.IsOutputRedirected,
    ErrorIsTerminal = !Console.IsErrorRedirected,
});
