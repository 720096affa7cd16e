using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using MtlsProbe.Config;
using MtlsProbe.Text;

namespace MtlsProbe.Cli;

/// <summary>
/// Unknown words of a command line. They are reported before all other mistakes: a mistyped option is not a target, and neither is its value.
/// </summary>
internal static partial class UnknownWords
{
    private const int MostMeant = 3;

    /// <summary>A sentence for each; none if all words are known.</summary>
    public static IReadOnlyList<string> Told(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var literal = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Select(token => token.Value).ToHashSet(StringComparer.Ordinal);
        var options = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(result => result.Tokens).Select(token => token.Value)
            .Concat(parsed.UnmatchedTokens)
            .Where(word => IsOption(word) && !literal.Contains(word))
            .ToList();
        if (options.Count > 0) return [.. options.Select(word => UnknownOption(OptionName().Match(word).Value, command))];
        if (parsed.UnmatchedTokens is not [var first, ..]) return [];
        return [command is RootCommand ? UnknownCommand(first, command) : $"unexpected word {Quoted(first)}"];
    }

    private static string UnknownOption(string word, Command command)
    {
        var names = Names(command.Options);
        if (names.Contains(word)) return $"{word} belongs after the command {command.Name}";
        var owner = command.Subcommands.FirstOrDefault(sub => !sub.Hidden && sub.Options.Any(option => option.Name == word));
        var meant = owner is not null ? $"it belongs to a command, as in {CommandLine.Program} {owner.Name} {word}" : Meant(word, names);
        return $"unknown option {word}{(meant is null ? "" : ": " + meant)}";
    }

    public static string UnknownCommand(string word, Command root)
    {
        var names = Names(root.Subcommands);
        return $"unknown command {Quoted(word)}: {Meant(word, names) ?? "there are " + string.Join(", ", names)}";
    }

    /// <summary>Names that begin like the word, or are spelled almost like it.</summary>
    private static string? Meant(string word, IReadOnlyList<string> names)
    {
        if (word.TrimStart('-').Length < 2) return null;
        var longer = names.Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase)).ToList();
        return longer.Count is > 0 and <= MostMeant ? $"did you mean {string.Join(" or ", longer)}?" : Spelling.DidYouMean(word, names);
    }

    private static List<string> Names(IEnumerable<Symbol> symbols) => [.. symbols.Where(symbol => !symbol.Hidden).Select(symbol => symbol.Name)];

    private static bool IsOption(string word) => OptionName().IsMatch(word);

    private static string Quoted(string word) => PastedSecret.Is(word) ? "that holds a key or a certificate" : $"\"{VisibleText.Of(word, 80, ascii: true)}\"";

    /// <summary>Without a value after an equals sign or a colon, which can be a secret.</summary>
    [GeneratedRegex("^--?[A-Za-z][A-Za-z0-9._-]{0,63}(?=[=:]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex OptionName();
}
