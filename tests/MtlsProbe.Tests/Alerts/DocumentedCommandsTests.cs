using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using MtlsProbe.Cli;

namespace MtlsProbe.Tests.Alerts;

/// <summary>What people copy from a page at night is a command that the program has.</summary>
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

            // An unknown option would be taken for one more target, and nobody complains before it is looked up.
            Assert.Empty(parsed.Tokens.Where(token => token.Type == TokenType.Argument && token.Value.StartsWith('-')).Select(token => $"mtlsprobe {command}: {token.Value}"));
        }
    }

    [Fact]
    public void Commands_are_found_in_the_runbooks() =>
        Assert.True(Directory.GetFiles(Path.Combine(Repository.Root, "docs", "runbooks"), "Mtls*.md").SelectMany(file => Commands(File.ReadAllText(file))).Count() > 40);

    /// <summary>
    /// What follows <c>mtlsprobe</c> in a block of code or between backquotes, up to whatever ends a command in a shell. A name alone, or what
    /// an ellipsis cuts short, is spoken of and not to be copied.
    /// </summary>
    private static IEnumerable<string> Commands(string page) =>
        Code().Matches(page).SelectMany(code => Command().Matches(code.Value)).Select(command => command.Groups["words"].Value.Trim()).Where(words => words.Contains(' ', StringComparison.Ordinal) && !words.Contains('…', StringComparison.Ordinal));

    [GeneratedRegex("```(?:sh|console)\n.*?```|`[^`\n]+`", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<=^|[\s`])mtlsprobe (?<words>(?:serve|probe|preflight|check-config|explain|demo|--)[^\n`|&;#<>)]*)")]
    private static partial Regex Command();
}
