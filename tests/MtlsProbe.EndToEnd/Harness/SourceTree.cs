namespace MtlsProbe.EndToEnd.Harness;

/// <summary>The source tree that the tests were built from.</summary>
internal static class SourceTree
{
    private static readonly string s_root = FindRoot(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>A file or folder of it, by its path from the folder of the solution.</summary>
    public static string PathOf(string relative) => Path.Combine(s_root, relative);

    private static string FindRoot(DirectoryInfo? directory)
    {
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "MtlsProbe.sln"))) directory = directory.Parent;
        return directory?.FullName ?? throw new DirectoryNotFoundException("The tests run outside of the source tree.");
    }
}
