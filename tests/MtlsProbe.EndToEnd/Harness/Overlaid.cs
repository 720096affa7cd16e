using System.Diagnostics;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// Packages that <c>test.sh</c> has unpacked, laid over <c>/usr</c> for one process and what it starts: a server that knows its files by
/// absolute paths finds them there, and nothing of the machine changes. It takes itself for nobody, and has the rights of who runs the tests.
/// </summary>
internal static class Overlaid
{
    private const string Nobody = "65534";

    /// <summary>With process numbers of its own, so that a daemon that it leaves behind ends with it.</summary>
    private static readonly string[] s_mapped = ["unshare", "--user", $"--map-user={Nobody}", $"--map-group={Nobody}", "--pid", "--fork", "--kill-child"];

    /// <summary>A sentence that says what is missing, or null; in CI nothing is.</summary>
    public static string? Missing(params string[] packages) =>
        Unpacked.Missing(packages) ?? (Environment.GetEnvironmentVariable("CI") == "true" || s_works.Value ? null : "overlays in a namespace of one's own are not possible here");

    private static readonly Lazy<bool> s_works = new(Works);

    /// <summary>Starts a program; what it starts itself is killed with it.</summary>
    /// <param name="packages">The first hides files of the others.</param>
    /// <param name="program">As it is called where it is installed.</param>
    public static ChildProcess Start(
        string name, IEnumerable<string> packages, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        ChildProcess.StartGroup(name, "unshare", [.. Command(packages), program, .. arguments], environment);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="input">A file that it reads from its standard input; null: nothing.</param>
    public static async Task Run(IEnumerable<string> packages, string program, IEnumerable<string> arguments, string? input = null)
    {
        IReadOnlyList<string> command = ["unshare", .. Command(packages), program, .. arguments];
        await using var process = ChildProcess.Start(program, "bash", ["-c", "exec \"${@:1}\" < \"$0\"", input ?? "/dev/null", .. command]);
        Assert.True(await process.Exit(TimeSpan.FromMinutes(1)) == 0, process.Output);
    }

    /// <summary>What follows <c>unshare</c>.</summary>
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
