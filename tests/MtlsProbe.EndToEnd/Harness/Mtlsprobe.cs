using System.Text.Json;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// The built program, run as a user runs it. The output of every run is searched for secrets before anything else is asserted. The variable MTLSPROBE
/// selects another build of it, for example a published one.
/// </summary>
internal static class Mtlsprobe
{
    private const int Shown = 8000; // characters of an unreadable output

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private static IReadOnlyList<string> Command { get; } = Environment.GetEnvironmentVariable("MTLSPROBE") is { Length: > 0 } program
        ? [program]
        : [Needs.Find("dotnet"), Path.Combine(AppContext.BaseDirectory, "mtlsprobe.dll")];

    /// <summary>The file that is the program, or that starts it.</summary>
    public static string Executable => Command is [var program] ? Path.GetFullPath(program) : Path.Combine(AppContext.BaseDirectory, "mtlsprobe");

    /// <summary>Whether it runs without an installed runtime.</summary>
    public static bool ContainsDotnet => Command is [var program] && !File.Exists(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(program))!, "mtlsprobe.dll"));

    /// <summary>The prefix that runs a command as nobody if this process runs as root, to whom some limits do not apply.</summary>
    public static IReadOnlyList<string> Nobody => Environment.IsPrivilegedProcess ? [Needs.Find("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"] : [];

    /// <summary>Installs it as a command in a directory, for shells with this directory in their PATH.</summary>
    public static void InstallInto(string folder)
    {
        var script = Path.Combine(folder, "mtlsprobe");
        File.WriteAllText(script, $"#!/bin/sh\nexec {string.Join(' ', Command.Select(word => $"'{word}'"))} \"$@\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    /// <param name="hosts">The file in which it looks up names; null: as usual.</param>
    /// <param name="before">A command that runs it, for example <see cref="Nobody"/>.</param>
    public static ChildProcess Start(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, HostsFile? hosts = null, IReadOnlyList<string>? before = null)
    {
        IReadOnlyList<string> command =
        [
            "env", "--default-signal=HUP", // .NET leaves the signal ignored if the tests run in a shell that ignores it, as with nohup
            .. before ?? [],
            .. hosts?.Command ?? [],
            .. Command,
            .. arguments,
        ];
        return ChildProcess.Start("mtlsprobe", command[0], command.Skip(1), environment);
    }

    /// <summary>Runs a command to its end.</summary>
    public static Task<CommandResult> Run(params IEnumerable<string> arguments) => Run(arguments, null, null);

    /// <summary>Runs a command that looks up names in this file.</summary>
    public static Task<CommandResult> Run(HostsFile hosts, IEnumerable<string> arguments) => Run(arguments, null, hosts);

    private static async Task<CommandResult> Run(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, HostsFile? hosts)
    {
        await using var process = Start(arguments, environment, hosts);
        var code = await process.Exit(Limit);
        AssertNoSecrets(process.Output);
        return new CommandResult(code, process.StandardOutput, process.Output);
    }

    /// <summary>Probes all targets of the configuration in one process and returns the records by target.</summary>
    public static async Task<IReadOnlyDictionary<string, ProbeRecord>> Probe(
        ConfigFile configuration, Workspace workspace, IReadOnlyDictionary<string, string>? environment = null)
    {
        var file = configuration.WriteTo(workspace);
        var result = await Run(["probe", "--all", "--config.file", file, "--output", "json"], environment, null);
        Assert.DoesNotContain("cannot be preloaded", result.Output, StringComparison.Ordinal);
        return Records(result).ToDictionary(record => record.Target);
    }

    /// <summary>The records that a run of <c>probe --output json</c> printed; its exit code must agree with them.</summary>
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
            throw new InvalidOperationException($"exit {result.ExitCode}, no JSON on standard output:\n{result.Output[..Math.Min(result.Output.Length, Shown)]}", e);
        }
    }

    /// <summary>Fails if a line of a private key or a passphrase occurs in the text.</summary>
    public static void AssertNoSecrets(string text)
    {
        foreach (var secret in TestPki.Shared.Secrets)
            Assert.False(text.Contains(secret, StringComparison.Ordinal), "a secret was printed");
    }
}

/// <summary>How a command ended.</summary>
/// <param name="Output">Standard output and standard error.</param>
internal sealed record CommandResult(int ExitCode, string StandardOutput, string Output);
