namespace MtlsProbe.EndToEnd.Harness;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The directory of the solution file.</summary>
    public static string Root { get; } = FindRoot(new DirectoryInfo(AppContext.BaseDirectory));

    private static string FindRoot(DirectoryInfo? directory)
    {
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "MtlsProbe.sln"))) directory = directory.Parent;
        return directory?.FullName ?? throw new DirectoryNotFoundException("The tests run outside of the source tree.");
    }
}
