using MtlsProbe.Demo;

namespace MtlsProbe.Tests.Demo;

/// <summary>What the demo tells a person at its start.</summary>
public sealed class DemoGuideTest
{
    [Fact]
    public async Task The_guide_has_a_row_for_each_server_with_its_real_port()
    {
        await using var stage = await DemoStage.OpenAsync(TimeProvider.System);

        var lines = Guide(stage).Split('\n');

        Assert.All(stage.Targets, entry =>
            Assert.Single(lines, line => line.StartsWith($"{entry.Target.Name} ", StringComparison.Ordinal) &&
                line.Contains($" {entry.Address.Port} ", StringComparison.Ordinal) &&
                line.EndsWith($"  {entry.Target.Verdict}", StringComparison.Ordinal)));
        Assert.All(lines.Take(stage.Targets.Count + 3), line => Assert.True(line.Length <= 120, $"too long for a terminal: {line}"));
    }

    [Fact]
    public async Task The_guide_names_the_places_to_look_at_and_files_that_exist()
    {
        await using var stage = await DemoStage.OpenAsync(TimeProvider.System);

        var words = Guide(stage).Split([' ', '\n', ','], StringSplitOptions.RemoveEmptyEntries);

        Assert.Contains("http://localhost:10219/metrics", words);
        Assert.Contains("/opt/mtlsprobe", words);
        var files = words.Where(word => word.StartsWith(stage.Files.Directory, StringComparison.Ordinal)).ToList();
        Assert.Equal(5, files.Count);
        Assert.All(files, file => Assert.True(Path.Exists(file), file));
    }

    private static string Guide(DemoStage stage)
    {
        using var text = new StringWriter { NewLine = "\n" };
        DemoGuide.Write(text, stage, "http://localhost:10219", "/opt/mtlsprobe");
        return text.ToString();
    }
}
