using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using MtlsProbe.Cli;

namespace MtlsProbe.Tests.Alerts;

/// <summary>Commands that people copy from a page at night exist in the program.</summary>
public sealed partial class DocumentedCommandsTests
{
    public static TheoryData<string> Pages =>
    [
        .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Where(file => Commands(File.ReadAllText(file)).Any()).Select(file => Path.GetRelativePath(Repository.Root, file)),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_on_the_page_is_one_that_the_program_knows(string page)
    {
        var root = CommandLine.Root(new Surroundings { Output = TextWriter.Null, Error = TextWriter.Null, Time = TimeProvider.System, Environment = _ => null });

        foreach (var command in Commands(File.ReadAllText(Path.Combine(Repository.Root, page))))
        {
            var parsed = root.Parse([.. CommandLineParser.SplitCommandLine(command)]);

            Assert.Empty(parsed.Errors.Select(error => $"mtlsprobe {command}: {error.Message}"));

            // An unknown option would be taken as another target, which fails only when it is looked up.
            Assert.Empty(parsed.Tokens.Where(token => token.Type == TokenType.Argument && token.Value.StartsWith('-')).Select(token => $"mtlsprobe {command}: {token.Value}"));
        }
    }

    [Fact]
    public void Commands_are_found_in_the_runbooks() =>
        Assert.True(Directory.GetFiles(Path.Combine(Repository.Root, "docs", "runbooks"), "Mtls*.md").SelectMany(file => Commands(File.ReadAllText(file))).Count() > 40);

    /// <summary>
    /// The text after <c>mtlsprobe</c> in a code block or between backquotes, up to the end of the command. A name alone, or a command with an
    /// ellipsis, is not meant to be copied.
    /// </summary>
    private static IEnumerable<string> Commands(string page) =>
        Code().Matches(page).SelectMany(code => Command().Matches(code.Value)).Select(command => command.Groups["words"].Value.Trim()).Where(words => words.Contains(' ', StringComparison.Ordinal) && !words.Contains('…', StringComparison.Ordinal));

    [GeneratedRegex("```(?:sh|console)\n.*?```|`[^`\n]+`", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<=^|[\s`])mtlsprobe (?<words>(?:serve|probe|preflight|check-config|explain|demo|--)[^\n`|&;#<>)]*)")]
    private static partial Regex Command();
}
