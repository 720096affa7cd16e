using System.Diagnostics;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// Packages that <c>test.sh</c> has unpacked, mounted over <c>/usr</c> for one process and its children. A server with absolute paths to its files
/// finds them there, and the machine is unchanged. The process believes that it is nobody, and has the rights of the user who runs the tests.
/// </summary>
internal static class Overlaid
{
    private const string Nobody = "65534";

    /// <summary>With its own process numbers, so a daemon that it leaves behind ends with it.</summary>
    private static readonly string[] s_mapped = ["unshare", "--user", $"--map-user={Nobody}", $"--map-group={Nobody}", "--pid", "--fork", "--kill-child"];

    /// <summary>A sentence that says what is missing, or null; in CI nothing is.</summary>
    public static string? Missing(params string[] packages) =>
        Unpacked.Missing(packages) ?? (Environment.GetEnvironmentVariable("CI") == "true" || s_works.Value ? null : "overlays in a namespace of one's own are not possible here");

    private static readonly Lazy<bool> s_works = new(Works);

    /// <summary>Starts a program; its children are killed with it.</summary>
    /// <param name="packages">The first ones hide files of the later ones.</param>
    /// <param name="program">The name that it has if it is installed.</param>
    public static ChildProcess Start(
        string name, IEnumerable<string> packages, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        ChildProcess.StartGroup(name, "unshare", [.. Command(packages), program, .. arguments], environment);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="input">A file for its standard input; null: none.</param>
    public static async Task Run(IEnumerable<string> packages, string program, IEnumerable<string> arguments, string? input = null)
    {
        IReadOnlyList<string> command = ["unshare", .. Command(packages), program, .. arguments];
        await using var process = ChildProcess.Start(program, "bash", ["-c", "exec \"${@:1}\" < \"$0\"", input ?? "/dev/null", .. command]);
        Assert.True(await process.Exit(TimeSpan.FromMinutes(1)) == 0, process.Output);
    }

    /// <summary>The arguments of <c>unshare</c>.</summary>
    private static IEnumerable<string> Command(IEnumerable<string> packages) =>
    [
        "--user", "--map-root-user", "--mount", "bash", "-c", "mount -t overlay mtlsprobe -o lowerdir=\"$0\" /usr && exec \"$@\"",
        string.Join(':', packages.Select(package => Unpacked.Package(package).PathOf("usr")).Append("/usr")), .. s_mapped,
    ];

    private static bool Works()
    {
        var start = new ProcessStartInfo("unshare", ["--user", "--map-root-user", "--mount", "bash", "-c", "mount -t overlay mtlsprobe -o lowerdir=/etc:/usr /usr"]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
