using System.CommandLine;

namespace MtlsProbe.Cli;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class ExampledCommand(string name, string description) : Command(name, description)
{
    /// <summary>One command line each, as a user would type it.</summary>
    public required IReadOnlyList<string> Examples { get; init; }
}
