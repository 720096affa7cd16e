using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>The published file contains the notices of everything in it.</summary>
public sealed class LicensesTests
{
    /// <summary>The packages of .NET that a published file contains; the notices are in their directories.</summary>
    private static readonly string[] s_native = ["microsoft.netcore.app.runtime.nativeaot.linux-x64", "microsoft.aspnetcore.app.runtime.linux-x64"];
    private static readonly string[] s_single = ["microsoft.netcore.app.runtime.linux-x64", "microsoft.aspnetcore.app.runtime.linux-x64"];

    [Fact]
    public async Task A_file_that_contains_dotnet_has_its_notices_and_another_does_not()
    {
        var printed = await Mtlsprobe.Run("licenses");

        Assert.Equal(0, printed.ExitCode);
        var carried = new[] { s_native, s_single }.Where(packages => packages.All(package => Notices(package).Any(text => printed.Output.Contains(text, StringComparison.Ordinal)))).ToList();
        Assert.Equal(Mtlsprobe.ContainsDotnet, carried.Count > 0);
    }

    /// <summary>The notices of each restored version.</summary>
    private static IEnumerable<string> Notices(string package)
    {
        var restored = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var folder = Path.Combine(restored, package);
        return from version in Directory.Exists(folder) ? Directory.GetDirectories(folder) : []
               let file = Path.Combine(version, "THIRD-PARTY-NOTICES.TXT")
               where File.Exists(file)
               select File.ReadAllText(file).ReplaceLineEndings("\n").TrimEnd();
    }
}
