using System.Diagnostics;

namespace MtlsProbe.Tests;

/// <summary>A program that reads our output: promtool, amtool, helm, a script of ours.</summary>
internal static class Tool
{
    /// <summary>Runs it to its end.</summary>
    /// <param name="input">Its standard input.</param>
    /// <returns>Its exit code, and its complete output, standard output first.</returns>
    public static async Task<(int ExitCode, string Said)> Run(string input, string program, params string[] arguments)
    {
        var (exitCode, output, error) = await RunIn(Repository.Root, input, program, arguments);
        return (exitCode, output + error);
    }

    /// <summary>Runs it to its end in a directory.</summary>
    /// <param name="environment">Variables besides those of this process.</param>
    public static async Task<(int ExitCode, string Output, string Error)> RunIn(
        string folder, string input, string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
