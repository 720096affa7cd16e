using System.CommandLine;
using System.CommandLine.Completions;
using MtlsProbe.Text;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe complete -- WORD…</c>: what the scripts of <see cref="CompletionCommand"/> ask at each press of the key. Hidden: nobody types it.</summary>
internal static class CompleteCommand
{
    /// <summary>A person reads no more, and a shell with tens of thousands of words does not answer for seconds.</summary>
    private const int MostOffered = 1000;

    public static Command Create(Command root, Surroundings surroundings)
    {
        var words = new Argument<string[]>("WORD") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("complete", "Print what can stand at the end of a command line: a word, a tab and its description on each line.") { Hidden = true };
        command.Arguments.Add(words);
        command.SetAction(parsed =>
        {
            // A name or a label may have characters that a terminal obeys, or that end the line.
            var offered = Completion.Of(root, parsed.GetValue(words) ?? []).Where(item => VisibleText.Of(item.Label, int.MaxValue, ascii: false) == item.Label).ToList();
            foreach (var item in Shortened(offered))
                surroundings.Output.Write($"{item.Label}{(item.Documentation is { Length: > 0 } text ? $"\t{text.ReplaceLineEndings(" ")}" : "")}\n");
            return ExitCode.Good;
        });
        return command;
    }

    /// <summary>With the least and the greatest of them: a shell types what all have in common.</summary>
    private static IEnumerable<CompletionItem> Shortened(List<CompletionItem> items)
    {
        if (items.Count <= MostOffered) return items;
        items.Sort((one, other) => string.CompareOrdinal(one.Label, other.Label));
        return items.Take(MostOffered - 1).Append(items[^1]);
    }
}
