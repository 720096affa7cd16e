using SystemEnvironment = System.Environment;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// A Debian package that <c>test.sh</c> has unpacked into the cache directory, with those of its dependencies that the machine lacks. A server runs
/// from there as if it were installed.
/// </summary>
internal sealed class Unpacked
{
    private readonly string _root;

    private Unpacked(string root) => _root = root;

    /// <summary>The environment with which its programs find their libraries.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = string.Join(':', LibraryFolders) };

    private static string Cache => Path.Combine(
        SystemEnvironment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(SystemEnvironment.GetFolderPath(SystemEnvironment.SpecialFolder.UserProfile), ".cache"),
        "mtlsprobe", "debian");

    private IEnumerable<string> LibraryFolders =>
        Directory.EnumerateFiles(_root, "*.so*", SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The package of this name.</summary>
    public static Unpacked Package(string name) => new(Path.Combine(Cache, name));

    /// <summary>A sentence that says which packages are missing, or null; in CI none is.</summary>
    public static string? Missing(params IEnumerable<string> packages)
    {
        if (SystemEnvironment.GetEnvironmentVariable("CI") == "true") return null;
        IReadOnlyList<string> missing = [.. packages.Where(package => !Directory.Exists(Path.Combine(Cache, package)))];
        return missing.Count == 0 ? null : $"not unpacked: {string.Join(", ", missing)} (run ./test.sh where apt-get can download)";
    }

    /// <summary>A file or directory of the package, by its path in a system in which it is installed: <c>usr/sbin/named</c>.</summary>
    public string PathOf(string path) => Path.Combine(_root, path);

    /// <summary>The path of the file of this name, wherever the machine's architecture puts it.</summary>
    public string Find(string name) => Directory.EnumerateFiles(_root, name, SearchOption.AllDirectories).First();

    /// <summary>Starts a program of the package; its children are killed with it.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="program">A path for <see cref="PathOf"/>.</param>
    /// <param name="more">Additional variables of the environment.</param>
    public ChildProcess Start(string name, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? more = null) =>
        ChildProcess.StartGroup(name, PathOf(program), arguments, Environment.Concat(more ?? new Dictionary<string, string>()).ToDictionary());
}
