using System.CommandLine;
using System.CommandLine.Parsing;
using MtlsProbe.Config;

namespace MtlsProbe.Cli;

/// <summary>Makes options whose values have the same grammar as in the configuration file.</summary>
internal static class Options
{
    /// <summary>An option that can be given once. Null if it is absent.</summary>
    public static Option<T?> Of<T>(string name, string placeholder, string description, Func<string, Reading<T>> grammar) => new(name)
    {
        HelpName = placeholder,
        Description = description,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => Read(result, name, grammar),
    };

    /// <summary>An option that can be given several times. Empty if it is absent.</summary>
    public static Option<T[]> ListOf<T>(string name, string placeholder, string description, Func<string, Reading<T>> grammar) => new(name)
    {
        HelpName = placeholder,
        Description = description,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => Read(result, name, token.Value, grammar)!)],
    };

    /// <summary>One of a few words; <paramref name="initial"/> if the option is absent.</summary>
    public static Option<string> OneOf(string name, string description, string initial, params IReadOnlyList<string> words)
    {
        var option = new Option<string>(name)
        {
            HelpName = string.Join('|', words),
            Description = description,
            DefaultValueFactory = _ => initial,
            CustomParser = result => Read(result, name, word => words.Contains(word) ? word : Reading<string>.Wrong($"is not one of {string.Join(", ", words)}")),
        };
        return option.Offering(words);
    }

    /// <summary>Completes its value with these words, and no others.</summary>
    public static Option<T> Offering<T>(this Option<T> option, params IReadOnlyList<string> words)
    {
        option.CompletionSources.Clear();
        option.CompletionSources.Add(_ => words);
        return option;
    }

    public static Option<string> LogLevel(string initial) =>
        OneOf("--log.level", "Least severe level that is logged on standard error.", initial, "debug", "info", "warn", "error");

    private static T? Read<T>(ArgumentResult result, string name, Func<string, Reading<T>> grammar) =>
        Read(result, name, result.Tokens[0].Value, grammar);

    private static T? Read<T>(ArgumentResult result, string name, string text, Func<string, Reading<T>> grammar)
    {
        var reading = PastedSecret.Is(text) ? Reading<T>.Withheld(PastedSecret.Problem, PastedSecret.Hint) : grammar(text);
        if (reading.Problem is { } problem)
            result.AddError($"{name}: {(reading.IsWithheld ? "" : $"\"{text}\" ")}{problem}{(reading.Hint is { } hint ? $" ({hint})" : "")}");
        return reading.Value;
    }
}
