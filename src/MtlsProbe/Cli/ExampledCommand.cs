using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MtlsProbe.Cli;

/// <summary>A command whose help ends with examples: one command line each, as typed by a user.</summary>
internal sealed class ExampledCommand : Command
{
    public ExampledCommand(string name, string description, params IReadOnlyList<string> examples)
        : base(name, description) =>
        Options.Add(new HelpOption { Action = new HelpWithExamples(examples) { Also = () => Also } });

    /// <summary>Lines before the examples, with a heading; null: none.</summary>
    public (string Heading, IReadOnlyList<string> Lines)? Also { get; init; }
}

/// <summary>The usual help, followed by examples.</summary>
internal sealed class HelpWithExamples(params IReadOnlyList<string> examples) : SynchronousCommandLineAction
{
    private readonly HelpAction _help = new();

    /// <summary>One command line each.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>Like <see cref="ExampledCommand.Also"/>.</summary>
    public Func<(string Heading, IReadOnlyList<string> Lines)?> Also { get; init; } = () => null;

    /// <summary>Help is printed even if something else is wrong on the command line.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var result = _help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (Also() is var (heading, lines))
        {
            output.WriteLine($"{heading}:");
            foreach (var line in lines) output.WriteLine($"  {line}");
            output.WriteLine();
        }

        output.WriteLine("Examples:");
        foreach (var example in Examples) output.WriteLine($"  {example}");
        return result;
    }
}
