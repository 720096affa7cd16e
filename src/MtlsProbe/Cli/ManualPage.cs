using System.Collections;
using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MtlsProbe.Cli;

/// <summary>The help of the program or of one command as a manual page of section 1, in the macros of man(7).</summary>
/// <param name="command">The root, or one of its commands.</param>
/// <param name="version">The version of the program.</param>
internal sealed partial class ManualPage(Command command, string version)
{
    private static readonly (int Code, string Means)[] s_exits =
    [
        (ExitCode.Good, "Everything is as expected."),
        (ExitCode.Bad, "At least one check failed."),
        (ExitCode.Usage, "The command line or the configuration is wrong."),
        (ExitCode.Internal, "A fault of MtlsProbe, or output that could not be written."),
        (ExitCode.Interrupted, "Stopped by SIGINT."),
        (ExitCode.Terminated, "Stopped by SIGTERM."),
    ];

    private readonly StringBuilder _page = new();
    private readonly Command _root = command as RootCommand ?? command.Parents.OfType<Command>().First();

    public override string ToString()
    {
        _page.Clear();
        Line($".TH \"{Roff(PageOf(command).ToUpperInvariant())}\" 1 \"\" \"{Roff($"MtlsProbe {version}")}\" \"MtlsProbe\"");
        Section("NAME");
        Line($"{Roff(PageOf(command))} \\- {Roff(FirstSentence().Match(command.Description ?? "").Value)}");
        Section("SYNOPSIS");
        Synopsis();
        Section("DESCRIPTION");
        Text(command.Description ?? "");
        if (command.Arguments.Any(IsShown)) Arguments();
        if (command.Subcommands.Any(IsShown)) Commands();
        if (command.Options.Any(IsShown)) OptionList();
        var help = (HelpWithExamples)command.Options.OfType<HelpOption>().Single().Action!;
        if (help.Also() is var (heading, lines)) AsTyped(heading, lines);
        AsTyped("EXAMPLES", help.Examples);
        Section("EXIT STATUS");
        foreach (var (code, means) in s_exits) Item($"\\fB{code.ToString(CultureInfo.InvariantCulture)}\\fR", means);
        SeeAlso();
        return _page.ToString();
    }

    /// <summary>The name of a command's page.</summary>
    public static string PageOf(Command command) => command is RootCommand ? CommandLine.Program : $"{CommandLine.Program}-{command.Name}";

    private static bool IsShown(Symbol symbol) => !symbol.Hidden;

    private void Synopsis()
    {
        var arguments = command.Arguments.Where(IsShown).Select(argument =>
        {
            var name = $"\\fI{Roff(argument.Name)}\\fR{(argument.Arity.MaximumNumberOfValues > 1 ? " ..." : "")}";
            return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
        });
        string[] words =
        [
            $"\\fB{Roff(command is RootCommand ? CommandLine.Program : $"{CommandLine.Program} {command.Name}")}\\fR",
            .. command is RootCommand ? ["\\fICOMMAND\\fR"] : arguments,
            "[\\fIoptions\\fR]",
        ];
        Line(string.Join(' ', words));
    }

    private void Arguments()
    {
        Section("ARGUMENTS");
        foreach (var argument in command.Arguments.Where(IsShown)) Item($"\\fI{Roff(argument.Name)}\\fR", argument.Description ?? "");
    }

    private void Commands()
    {
        Section("COMMANDS");
        foreach (var sub in command.Subcommands.Where(IsShown)) Item($"\\fB{Roff(PageOf(sub))}\\fR(1)", sub.Description ?? "");
    }

    private void OptionList()
    {
        Section("OPTIONS");
        foreach (var option in command.Options.Where(IsShown))
        {
            var names = string.Join(", ", new[] { option.Name }.Concat(option.Aliases.Where(alias => alias.StartsWith('-'))).Select(name => $"\\fB{Roff(name)}\\fR"));
            var value = option.HelpName is { } placeholder ? $" \\fI{Roff(placeholder)}\\fR" : "";
            Item(names + value, option.Description + (Default(option) is { } initial ? $" Default: {initial}." : ""));
        }
    }

    private static string? Default(Option option) => !option.HasDefaultValue || option.ValueType == typeof(bool) ? null : option.GetDefaultValue() switch
    {
        null => null,
        string text => text,
        IEnumerable many => string.Join(", ", many.Cast<object>()),
        var value => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    private void SeeAlso()
    {
        Section("SEE ALSO");
        var others = new[] { _root }.Concat(_root.Subcommands.Where(IsShown)).Where(other => other != command);
        Line(string.Join(", ", others.Select(other => $"\\fB{Roff(PageOf(other))}\\fR(1)")));
    }

    /// <summary>Lines that must not be changed.</summary>
    private void AsTyped(string heading, IReadOnlyList<string> lines)
    {
        Section(heading.ToUpperInvariant());
        Line(".nf");
        foreach (var line in lines) Text(line);
        Line(".fi");
    }

    private void Section(string name) => Line($".SH \"{Roff(name)}\"");

    private void Item(string tag, string text)
    {
        Line(".TP");
        Line(tag);
        Text(text);
    }

    private void Text(string text) => Line((text is ['.' or '\'', ..] ? "\\&" : "") + Roff(text.ReplaceLineEndings(" ")));

    private void Line(string line) => _page.Append(line).Append('\n');

    /// <summary>Escapes characters that roff would interpret: its escape character, hyphens and other typed ASCII, and quotation marks.</summary>
    private static string Roff(string text) =>
        text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal).Replace("\"", "\\(dq", StringComparison.Ordinal)
            .Replace("`", "\\(ga", StringComparison.Ordinal).Replace("'", "\\(aq", StringComparison.Ordinal).Replace("~", "\\(ti", StringComparison.Ordinal)
            .Replace("^", "\\(ha", StringComparison.Ordinal);

    [GeneratedRegex(@"^.+?(?=[.?;](\s|$)|$)", RegexOptions.Singleline)]
    private static partial Regex FirstSentence();
}
