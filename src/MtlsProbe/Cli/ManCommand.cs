using System.CommandLine;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe man [COMMAND]</c>: the help as a manual page, for packages and for <c>man -l -</c>.</summary>
internal static class ManCommand
{
    public static Command Create(Command root, Surroundings surroundings)
    {
        var name = new Argument<string?>("COMMAND") { HelpName = "COMMAND", Description = "the command whose page it is; without it, the page of the program", Arity = ArgumentArity.ZeroOrOne };
        name.CompletionSources.Add(_ => Documented(root).Select(command => command.Name));
        var command = new ExampledCommand(
            "man",
            "Print a manual page, in the format of man.",
            "mtlsprobe man | man -l -",
            "mtlsprobe man probe > /usr/local/share/man/man1/mtlsprobe-probe.1");
        command.Arguments.Add(name);
        name.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && Find(root, token.Value) is null) result.AddError(UnknownWords.UnknownCommand(token.Value, root));
        });
        command.SetAction(parsed =>
        {
            var documented = parsed.GetValue(name) is { } word ? Find(root, word)! : root;
            surroundings.Output.Write(new ManualPage(documented, ThisBuild.Info().Version).ToString());
            return ExitCode.Good;
        });
        return command;
    }

    private static Command? Find(Command root, string name) => Documented(root).FirstOrDefault(command => command.Name == name);

    private static IEnumerable<Command> Documented(Command root) => root.Subcommands.Where(command => !command.Hidden);
}
