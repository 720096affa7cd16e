using System.Text.RegularExpressions;

namespace MtlsProbe.Tests.Examples;

/// <summary>The example of a CI workflow, which no CI service runs here.</summary>
public sealed partial class ContinuousIntegrationTests
{
    [Fact]
    public void It_calls_scripts_that_exist_and_tests_all_parts_of_a_release()
    {
        var workflow = File.ReadAllText(Path.Combine(Repository.Root, "examples", "ci", "workflow.yml"));
        var scripts = Script().Matches(workflow).Select(match => match.Groups[1].Value).ToHashSet();
        var parts = Directory.GetFiles(Path.Combine(Repository.Root, "packaging", "tests"), "*.sh").Select(Path.GetFileNameWithoutExtension).Except(["common", "debian"]);

        Assert.Equal(["packaging/test.sh", "release.sh", "test.sh"], scripts.Order());
        Assert.All(scripts, script => Assert.True(File.Exists(Path.Combine(Repository.Root, script)), script));
        Assert.Equal(parts.Order(), Part().Matches(workflow).SelectMany(match => match.Groups[1].Value.Trim().Split(' ')).Order());
    }

    [GeneratedRegex(@"(?<![\w/])(?:\./)?((?:packaging/)?\w+\.sh)")]
    private static partial Regex Script();

    [GeneratedRegex(@"packaging/test\.sh ""artifacts/release/\$version""((?: \w+)+)")]
    private static partial Regex Part();
}
