using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MtlsProbe.Cli;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class ExampledCommand : Command
{
    public ExampledCommand(string name, string description, params IReadOnlyList<string> examples)
        : base(name, description)
    {
        Examples = examples;
        Options.Add(new HelpOption { Action = new HelpWithExamples(this) });
    }

    /// <summary>One command line each, as a user would type it.</summary>
    public IReadOnlyList<string> Examples { get; }

    private sealed class HelpWithExamples(ExampledCommand command) : SynchronousCommandLineAction
    {
        private readonly HelpAction _help = new();

        /// <summary>Help is given whatever else is wrong on the command line.</summary>
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var result = _help.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in command.Examples) output.WriteLine($"  {example}");
            return result;
        }
    }
}
