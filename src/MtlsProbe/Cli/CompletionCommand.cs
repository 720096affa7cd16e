using System.CommandLine;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe completion SHELL</c>: the script with which a shell completes our command lines.</summary>
internal static class CompletionCommand
{
    /// <summary>The directory of the scripts inside the program, named after their shells.</summary>
    private const string Folder = "shells/";

    private static readonly string[] s_shells = ["bash", "zsh", "fish"];

    public static Command Create(Surroundings surroundings)
    {
        var shell = new Argument<string>("SHELL") { Description = string.Join(", ", s_shells[..^1]) + " or " + s_shells[^1] };
        shell.AcceptOnlyFromAmong(s_shells);
        var command = new ExampledCommand(
            "completion",
            "Print the script that makes a shell complete commands, options, and names of your configuration.",
            "mtlsprobe completion bash > ~/.local/share/bash-completion/completions/mtlsprobe",
            "mtlsprobe completion zsh > /usr/local/share/zsh/site-functions/_mtlsprobe",
            "mtlsprobe completion fish > ~/.config/fish/completions/mtlsprobe.fish");
        command.Arguments.Add(shell);
        command.SetAction(parsed => Print(parsed.GetRequiredValue(shell), surroundings.Output));
        return command;
    }

    private static int Print(string shell, TextWriter output)
    {
        using var text = new StreamReader(typeof(CompletionCommand).Assembly.GetManifestResourceStream(Folder + shell)!);
        output.Write(text.ReadToEnd());
        return ExitCode.Good;
    }
}
