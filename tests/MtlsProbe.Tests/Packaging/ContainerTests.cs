using System.Text.RegularExpressions;

namespace MtlsProbe.Tests.Packaging;

/// <summary>What can be tested without building the container image. packaging/test.sh runs the program as the Dockerfile does.</summary>
public sealed partial class ContainerTests
{
    [Fact]
    public void The_context_of_the_build_has_every_file_that_the_build_reads()
    {
        var context = Lines(".dockerignore").Where(line => line.StartsWith('!')).Select(line => line[1..]).ToList();
        var embedded = Embedded().Matches(Text("src/MtlsProbe/MtlsProbe.csproj")).Select(match => match.Groups[1].Value);
        var copied = Lines("Dockerfile").Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal))
            .SelectMany(line => line.Split(' ')[1..^1]).Where(path => path != ".");
        List<string> read = ["src/MtlsProbe", "Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig", .. embedded, .. copied];

        Assert.True(embedded.Count() >= 4 && copied.Count() >= 2);
        Assert.All(read, path => Assert.Contains(context, kept => path == kept || path.StartsWith(kept + "/", StringComparison.Ordinal)));
        Assert.All(context, kept => Assert.True(Path.Exists(Path.Combine(Repository.Root, kept)), kept));
    }

    [Fact]
    public void Each_stage_has_a_base_that_can_be_pinned() =>
        Assert.All(Lines("Dockerfile").Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)), line => Assert.StartsWith("FROM ${BASE}", line, StringComparison.Ordinal));

    private static string Text(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));

    private static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Repository.Root, file));

    [GeneratedRegex("EmbeddedResource Include=\"../../([^\"]+)\"")]
    private static partial Regex Embedded();
}
