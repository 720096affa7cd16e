namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// A Debian package that <c>test.sh</c> has unpacked into the cache folder, with those that it depends on and that the machine does not
/// have: a server that runs from there as if it were installed, while nothing is.
/// </summary>
internal sealed class Unpacked
{
    private readonly string _root;

    private Unpacked(string root) => _root = root;

    /// <summary>The folders of all libraries of the package, for its programs.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = string.Join(':', LibraryFolders) };

    private static string Cache => Path.Combine(
        System.Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".cache"),
        "mtlsprobe", "debian");

    private IEnumerable<string> LibraryFolders =>
        Directory.EnumerateFiles(_root, "*.so*", SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The package of this name.</summary>
    public static Unpacked Package(string name) => new(Path.Combine(Cache, name));

    /// <summary>A sentence that says which packages are missing, or null; in CI none is.</summary>
    public static string? Missing(params IEnumerable<string> packages)
    {
        if (System.Environment.GetEnvironmentVariable("CI") == "true") return null;
        IReadOnlyList<string> missing = [.. packages.Where(package => !Directory.Exists(Path.Combine(Cache, package)))];
        return missing.Count == 0 ? null : $"not unpacked: {string.Join(", ", missing)} (run ./test.sh where apt-get can download)";
    }

    /// <summary>A file or folder of the package, by its path in an installed system without the first slash.</summary>
    public string PathOf(string path) => Path.Combine(_root, path);

    /// <summary>The folder that holds this file, wherever the architecture of the machine puts it.</summary>
    public string FolderWith(string file) => Path.GetDirectoryName(Directory.EnumerateFiles(_root, file, SearchOption.AllDirectories).First())!;

    /// <summary>Starts a program of the package.</summary>
    public ChildProcess Start(string name, string program, params IEnumerable<string> arguments) =>
        ChildProcess.Start(name, PathOf(program), arguments, Environment);

    /// <summary>Starts a program of the package that starts others: they are killed with it.</summary>
    public ChildProcess StartGroup(string name, string program, params IEnumerable<string> arguments) =>
        ChildProcess.StartGroup(name, PathOf(program), arguments, Environment);
}
