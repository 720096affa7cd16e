using System.CommandLine;
using System.CommandLine.Completions;
using MtlsProbe.Text;

namespace MtlsProbe.Cli;

/// <summary>
/// <c>mtlsprobe complete -- WORD…</c>: called by the scripts of <see cref="CompletionCommand"/> at each press of the completion key. Hidden: not
/// meant for people.
/// </summary>
internal static class CompleteCommand
{
    /// <summary>More than a person reads; with tens of thousands of words, a shell would take seconds.</summary>
    private const int MostOffered = 1000;

    public static Command Create(Command root, Surroundings surroundings)
    {
        var words = new Argument<string[]>("WORD") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("complete", "Print what can stand at the end of a command line: a word, a tab and its description on each line.") { Hidden = true };
        command.Arguments.Add(words);
        command.SetAction(parsed =>
        {
            // A name or a label can contain characters that a terminal interprets, or that end the line.
            var offered = Completion.Of(root, parsed.GetValue(words) ?? []).Where(item => VisibleText.Of(item.Label, int.MaxValue, ascii: false) == item.Label).ToList();
            foreach (var item in Shortened(offered))
                surroundings.Output.Write($"{item.Label}{(item.Documentation is { Length: > 0 } text ? $"\t{text.ReplaceLineEndings(" ")}" : "")}\n");
            return ExitCode.Good;
        });
        return command;
    }

    /// <summary>Including the least and the greatest of them: a shell inserts the prefix that all have in common.</summary>
    private static IEnumerable<CompletionItem> Shortened(List<CompletionItem> items)
    {
        if (items.Count <= MostOffered) return items;
        items.Sort((one, other) => string.CompareOrdinal(one.Label, other.Label));
        return items.Take(MostOffered - 1).Append(items[^1]);
    }
}
