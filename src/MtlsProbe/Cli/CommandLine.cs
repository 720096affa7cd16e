using System.CommandLine;
using System.CommandLine.Help;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Cli;

/// <summary>From the command line to an exit code. Each command has its own file with a <c>Create</c>.</summary>
internal static class CommandLine
{
    /// <summary>The name of the program in help and errors.</summary>
    public const string Program = "mtlsprobe";

    public static async Task<int> RunAsync(string[] args, Surroundings surroundings)
    {
        var parsed = Root(surroundings).Parse(args);
        if (parsed.Action is not { ClearsParseErrors: true } && Mistakes(parsed) is { Count: > 0 } mistakes) return UsageErrors(parsed, mistakes, surroundings.Error);
        if (parsed.Action is not { ClearsParseErrors: true } && parsed.CommandResult.Command is not RootCommand && OpenSslVersion.Problem() is { } problem)
        {
            surroundings.Error.WriteLine($"mtlsprobe: {problem}");
            return ExitCode.Usage;
        }

        using var signals = new StopSignals(surroundings.Time);
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = surroundings.Output,
                Error = surroundings.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // it could not distinguish the signals
            }, signals.Stop);
        }
        catch (OperationCanceledException)
        {
            return signals.Code;
        }
        catch (IOException fault) when (fault.Source == typeof(Console).Assembly.GetName().Name)
        {
            surroundings.Error.WriteLine($"mtlsprobe: the output could not be written: {fault.Message}");
            return ExitCode.Internal;
        }
        catch (Exception fault)
        {
            return InternalError(fault, parsed, surroundings.Error);
        }
    }

    /// <summary>Every command and option.</summary>
    public static RootCommand Root(Surroundings surroundings)
    {
        var root = new RootCommand("Probe mutual-TLS endpoints: does each server accept our client certificate, do we trust the server, and if not, why?");
        root.HelpName = Program;
        root.Subcommands.Add(ServeCommand.Create(surroundings));
        root.Subcommands.Add(ProbeCommand.Create(surroundings));
        root.Subcommands.Add(PreflightCommand.Create(surroundings));
        root.Subcommands.Add(MatrixCommand.Create(surroundings));
        root.Subcommands.Add(ForecastCommand.Create(surroundings));
        root.Subcommands.Add(CheckConfigCommand.Create(surroundings));
        root.Subcommands.Add(ExplainCommand.Create(surroundings));
        root.Subcommands.Add(DemoCommand.Create(surroundings));
        root.Subcommands.Add(HealthcheckCommand.Create(surroundings));
        root.Subcommands.Add(CompletionCommand.Create(surroundings));
        root.Subcommands.Add(ManCommand.Create(root, surroundings));
        root.Subcommands.Add(LicensesCommand.Create(surroundings));
        root.Subcommands.Add(VersionCommand.Create(surroundings));
        root.Subcommands.Add(CompleteCommand.Create(root, surroundings));
        root.Options.OfType<HelpOption>().Single().Action = new HelpWithExamples(
            "mtlsprobe demo",
            "mtlsprobe probe payments.internal:8443 --cert client.crt --key client.key --ca root.crt",
            "mtlsprobe check-config mtlsprobe.yml",
            "mtlsprobe preflight --identity checkout --config.file mtlsprobe.yml --cert new.crt --key new.key",
            "mtlsprobe matrix --config.file mtlsprobe.yml",
            "mtlsprobe forecast --config.file mtlsprobe.yml --within 30d",
            "mtlsprobe serve --config.file mtlsprobe.yml",
            "mtlsprobe explain unknown_ca",
            "mtlsprobe probe --help");
        root.Options.OfType<VersionOption>().Single().Action = new VersionCommand.Action();
        root.SetAction(_ =>
        {
            root.Parse("--help").Invoke(new InvocationConfiguration { Output = surroundings.Output, Error = surroundings.Error });
            return ExitCode.Good;
        });
        return root;
    }

    /// <summary>Unknown words; if there are none, all other mistakes.</summary>
    private static IReadOnlyList<string> Mistakes(ParseResult parsed) =>
        UnknownWords.Told(parsed) is { Count: > 0 } unknown ? unknown : [.. parsed.Errors.Select(mistake => mistake.Message)];

    /// <summary>One line per mistake, and where to read more.</summary>
    private static int UsageErrors(ParseResult parsed, IReadOnlyList<string> mistakes, TextWriter error)
    {
        foreach (var mistake in mistakes) error.WriteLine($"{Program}: {mistake}");
        var command = parsed.CommandResult.Command is RootCommand ? Program : $"{Program} {parsed.CommandResult.Command.Name}";
        error.WriteLine($"Try '{command} --help'.");
        return ExitCode.Usage;
    }

    /// <summary>One sentence for people; the stack only in debug logs.</summary>
    private static int InternalError(Exception fault, ParseResult parsed, TextWriter error)
    {
        var message = fault.Message.ReplaceLineEndings(" ");
        error.WriteLine($"mtlsprobe: internal error: {fault.GetType().Name}: {message}");
        if (parsed.Tokens.Any(token => token.Value == "debug")) error.WriteLine(fault.StackTrace);
        error.WriteLine("This is a bug in MtlsProbe. Please report it as CONTRIBUTING.md says, with the lines above; --log.level debug adds the stack.");
        return ExitCode.Internal;
    }
}
