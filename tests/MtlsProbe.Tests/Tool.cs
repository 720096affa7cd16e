using System.Diagnostics;

namespace MtlsProbe.Tests;

/// <summary>A program that reads what we write: promtool, amtool, a script of ours.</summary>
internal static class Tool
{
    /// <summary>Runs it to its end.</summary>
    /// <param name="input">What it reads from its standard input.</param>
    /// <returns>Its exit code, and all it said, standard output first.</returns>
    public static async Task<(int ExitCode, string Said)> Run(string input, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
