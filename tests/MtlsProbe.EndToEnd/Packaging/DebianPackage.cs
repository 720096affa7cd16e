using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Packaging;

/// <summary>The Debian package of the program under test, as release.sh makes it, but compressed in less time.</summary>
public sealed class DebianPackage : IAsyncLifetime
{
    /// <summary>2026-01-02 03:04:05 UTC, as SOURCE_DATE_EPOCH.</summary>
    private const string Date = "1767323045";

    private readonly Workspace _workspace = new("package");

    public string File => _workspace.PathOf("mtlsprobe_1.2.3~rc.1_amd64.deb");

    public async Task InitializeAsync()
    {
        await Script("layout.sh", "packaging/layout.sh", Mtlsprobe.Executable, _workspace.Write("sbom.json", "{}"), _workspace.PathOf("files"));
        await Build(_workspace.Root);
    }

    public Task DisposeAsync()
    {
        _workspace.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Makes it again from the same files, as a user with another umask, and returns its path.</summary>
    public async Task<string> Again()
    {
        await Build(_workspace.Folder("again"));
        return _workspace.PathOf(Path.Combine("again", Path.GetFileName(File)));
    }

    /// <summary>The output of a program, which must succeed.</summary>
    public static async Task<string> Run(string program, params IEnumerable<string> arguments)
    {
        await using var process = ChildProcess.StartGroup(program, program, arguments, new Dictionary<string, string> { ["LC_ALL"] = "C.UTF-8", ["TZ"] = "UTC", ["SOURCE_DATE_EPOCH"] = Date });
        var code = await process.Exit(TimeSpan.FromMinutes(2));
        Assert.True(code == 0, $"{program} exits with {code}:\n{process.Output}");
        return process.Output;
    }

    private Task<string> Build(string output) =>
        Script("build.sh", "packaging/debian/build.sh", _workspace.PathOf("files"), "1.2.3-rc.1", "amd64", output, "-Zgzip", "-z1");

    private static Task<string> Script(string name, string path, params IEnumerable<string> arguments) =>
        Run("sh", ["-c", "umask 077; exec \"$@\"", name, Path.Combine(Repository.Root, path), .. arguments]);
}
