using System.Text.Json;
using System.Xml.Linq;

namespace MtlsProbe.Tests.Cli;

/// <summary>The notices of the components: complete, correct, and part of the program.</summary>
public sealed class LicensesCommandTests
{
    private static readonly string s_notices = File.ReadAllText(Path.Combine(Repository.Root, "THIRD-PARTY-NOTICES.md"));

    [Fact]
    public async Task The_licence_and_the_notices_are_printed()
    {
        var printed = await Terminal.RunAsync("licenses");

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "LICENSE")).TrimEnd() + "\n\n" + s_notices.TrimEnd() + "\n", printed.Output);
    }

    [Fact]
    public void The_packages_are_those_of_the_lock_file()
    {
        using var locked = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "src", "MtlsProbe", "packages.lock.json")));
        var packages = locked.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject())
            .Select(package => (package.Name, package.Value.GetProperty("resolved").GetString()!));

        Assert.Equal(packages.Order(), Rows().Select(row => (row[0], row[1])).Order());
    }

    [Fact]
    public void Licence_and_copyright_are_what_the_packages_say()
    {
        foreach (var row in Rows())
        {
            var facts = XDocument.Load(NuspecOf(row[0], row[1])).Descendants();
            string? Fact(string name) => facts.SingleOrDefault(fact => fact.Name.LocalName == name)?.Value;
            Assert.Equal((Fact("license"), Fact("copyright") ?? Fact("authors")?.Replace(",", ", ", StringComparison.Ordinal)), (row[2], row[3]));
            Assert.Contains($"\n## {row[2]}\n", s_notices, StringComparison.Ordinal);
        }
    }

    /// <summary>Package, version, licence, copyright.</summary>
    private static IEnumerable<string[]> Rows() => s_notices.Split('\n')
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| package ", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal))
        .Select(line => line.Trim('|', ' ').Split(" | "));

    /// <summary>Where the build has restored it.</summary>
    private static string NuspecOf(string package, string version)
    {
        var folder = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var name = package.ToLowerInvariant();
        return Path.Combine(folder, name, version, $"{name}.nuspec");
    }
}
