using System.CommandLine;
using System.CommandLine.Completions;

namespace MtlsProbe.Cli;

/// <summary>What can be at the cursor of an incomplete command line, from the existing commands and options.</summary>
internal static class Completion
{
    private static readonly ParserConfiguration s_plain = new() { ResponseFileTokenReplacer = null };

    /// <param name="words">The words after the name of the program, up to the cursor. The last one is incomplete, and can be empty.</param>
    /// <returns>Whole words with their descriptions; none if the shell itself can complete, as for file names.</returns>
    public static IReadOnlyList<CompletionItem> Of(Command root, IReadOnlyList<string> words)
    {
        var (before, typed) = (words.SkipLast(1).ToList(), words.Count > 0 ? words[^1] : "");
        var context = root.Parse(before, s_plain).GetCompletionContext();
        var command = context.ParseResult.CommandResult.Command;
        var isLiteral = before.Contains("--");
        if (!isLiteral && before is [.., var previous] && OptionOf(command, previous) is { } option) return Among(Values(option, context), typed);
        if (!isLiteral && typed.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && OptionOf(command, typed[..at]) is { } assigned)
            return Among(Values(assigned, context).Select(item => new CompletionItem(typed[..(at + 1)] + item.Label, documentation: item.Documentation)), typed);
        if (!isLiteral && typed.StartsWith('-')) return Among(Open(command, context.ParseResult).Select(Item), typed);
        return Among([.. command.Subcommands.Where(sub => !sub.Hidden).Select(Item), .. command.Arguments.Where(argument => IsOpen(argument, context.ParseResult)).SelectMany(argument => From(argument.CompletionSources, context))], typed);
    }

    private static List<CompletionItem> Among(IEnumerable<CompletionItem> items, string typed) => [.. items.Where(item => item.Label.StartsWith(typed, StringComparison.Ordinal))];

    /// <summary>The option whose value comes next.</summary>
    private static Option? OptionOf(Command command, string word) =>
        command.Options.FirstOrDefault(option => TakesValue(option) && (option.Name == word || option.Aliases.Contains(word)));

    private static bool TakesValue(Option option) => option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool);

    private static IEnumerable<CompletionItem> Values(Option option, CompletionContext context) => From(option.CompletionSources, context);

    private static IEnumerable<CompletionItem> From(IEnumerable<Func<CompletionContext, IEnumerable<CompletionItem>>> sources, CompletionContext context) =>
        sources.SelectMany(source => source(context));

    /// <summary>Options that can still be given.</summary>
    private static IEnumerable<Option> Open(Command command, ParseResult parsed) =>
        command.Options.Where(option => !option.Hidden && (option.Arity.MaximumNumberOfValues > 1 || parsed.GetResult(option) is null or { Implicit: true }));

    private static bool IsOpen(Argument argument, ParseResult parsed) => (parsed.GetResult(argument)?.Tokens.Count ?? 0) < argument.Arity.MaximumNumberOfValues;

    private static CompletionItem Item(Symbol symbol) => new(symbol.Name, documentation: symbol.Description);
}
