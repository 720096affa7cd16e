using MtlsProbe.Cli;

namespace MtlsProbe.Tests.Cli;

/// <summary>Runs command lines in this process, as a shell would, and keeps what they print.</summary>
internal static class Terminal
{
    /// <summary>A path without a file.</summary>
    public const string NoConfiguration = "/nonexistent/mtlsprobe.yml";

    public static Task<Printed> RunAsync(params string[] words) => RunAsync(new StringWriter { NewLine = "\n" }, errorIsTerminal: false, words);

    /// <summary>On a machine whose configuration is at this path.</summary>
    public static Task<Printed> RunConfiguredAsync(string configuration, params string[] words) =>
        RunAsync(new StringWriter { NewLine = "\n" }, errorIsTerminal: false, TimeProvider.System, words, configuration);

    public static Task<Printed> RunAsync(TextWriter output, bool errorIsTerminal, params string[] words) => RunAsync(output, errorIsTerminal, TimeProvider.System, words);

    /// <summary>With this environment.</summary>
    public static Task<Printed> RunInAsync(Func<string, string?> environment, params string[] words) =>
        RunAsync(new StringWriter { NewLine = "\n" }, errorIsTerminal: false, TimeProvider.System, words, environment: environment);

    /// <summary>On a terminal, with a clock of the test.</summary>
    public static Task<Printed> RunAsync(TextWriter output, TimeProvider time, params string[] words) => RunAsync(output, errorIsTerminal: true, time, words);

    private static async Task<Printed> RunAsync(TextWriter output, bool errorIsTerminal, TimeProvider time, string[] words, string configuration = NoConfiguration, Func<string, string?>? environment = null)
    {
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.RunAsync(words, new Surroundings
        {
            Output = output,
            Error = error,
            Time = time,
            Environment = environment ?? (_ => null),
            ErrorIsTerminal = errorIsTerminal,
            DefaultConfiguration = configuration,
        });
        return new Printed(code, output.ToString() ?? "", error.ToString());
    }
}

/// <summary>What a command left behind.</summary>
internal sealed record Printed(int Code, string Output, string Error);
