using System.Text.Json;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// The built program, run as a user runs it. Whatever a run prints is searched for secrets before anything else is asserted.
/// MTLSPROBE names another build of it, for example a published one.
/// </summary>
internal static class Mtlsprobe
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static ChildProcess Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Environment.GetEnvironmentVariable("MTLSPROBE") is { Length: > 0 } program
            ? ChildProcess.Start("mtlsprobe", program, arguments, environment)
            : ChildProcess.Start("mtlsprobe", "dotnet", [Path.Combine(AppContext.BaseDirectory, "mtlsprobe.dll"), .. arguments], environment);

    /// <summary>Runs a command to its end.</summary>
    public static Task<CommandResult> Run(params IEnumerable<string> arguments) => Run(arguments, null);

    private static async Task<CommandResult> Run(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        await using var process = Start(arguments, environment);
        var code = await process.Exit(Limit);
        AssertNoSecrets(process.Output);
        return new CommandResult(code, process.StandardOutput, process.Output);
    }

    /// <summary>Probes all targets of the configuration in one process and returns the records by target.</summary>
    public static async Task<IReadOnlyDictionary<string, ProbeRecord>> Probe(
        ConfigFile configuration, Workspace workspace, IReadOnlyDictionary<string, string>? environment = null)
    {
        var file = configuration.WriteTo(workspace);
        var result = await Run(["probe", "--all", "--config.file", file, "--output", "json"], environment);
        Assert.DoesNotContain("cannot be preloaded", result.Output, StringComparison.Ordinal);
        return Records(result).ToDictionary(record => record.Target);
    }

    /// <summary>The records that a run of <c>probe --output json</c> printed; its exit code has to agree with them.</summary>
    public static IReadOnlyList<ProbeRecord> Records(CommandResult result)
    {
        try
        {
            using var document = JsonDocument.Parse(result.StandardOutput);
            IReadOnlyList<ProbeRecord> records = [.. document.RootElement.EnumerateArray().Select(element => new ProbeRecord(element.Clone()))];
            Assert.Equal(records.All(record => record.Success) ? 0 : 1, result.ExitCode);
            return records;
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"exit {result.ExitCode}, no JSON on standard output:\n{result.Output}", e);
        }
    }

    /// <summary>Fails when a line of a private key or a passphrase occurs in the text.</summary>
    public static void AssertNoSecrets(string text)
    {
        foreach (var secret in TestPki.Shared.Secrets)
            Assert.False(text.Contains(secret, StringComparison.Ordinal), "a secret was printed");
    }
}

/// <summary>How a command ended.</summary>
/// <param name="Output">Standard output and standard error.</param>
internal sealed record CommandResult(int ExitCode, string StandardOutput, string Output);
