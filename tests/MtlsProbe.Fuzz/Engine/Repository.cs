namespace MtlsProbe.Fuzz;

/// <summary>The source tree that the program was built from, with examples and kept cases.</summary>
internal static class Repository
{
    /// <summary>The directory of the solution file.</summary>
    public static string Root { get; } = FindRoot(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>The files of a directory, in the order of their names.</summary>
    public static IEnumerable<byte[]> Read(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern).Order(StringComparer.Ordinal).Select(File.ReadAllBytes);

    private static string FindRoot(DirectoryInfo? directory)
    {
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "MtlsProbe.sln"))) directory = directory.Parent;
        return directory?.FullName ?? throw new DirectoryNotFoundException("The fuzzer runs outside of the source tree.");
    }
}
