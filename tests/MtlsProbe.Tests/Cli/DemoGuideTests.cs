using MtlsProbe.Cli;
using MtlsProbe.Demo;
using MtlsProbe.Terminal;

namespace MtlsProbe.Tests.Cli;

/// <summary>What the demo tells a person at its start.</summary>
public sealed class DemoGuideTests
{
    [Fact]
    public async Task The_guide_has_a_row_for_each_server_with_its_actual_port()
    {
        await using var stage = await DemoStage.OpenAsync(TimeProvider.System);

        var lines = Guide(stage).Split('\n');

        Assert.All(stage.Targets, entry =>
        {
            var row = Assert.Single(lines, line => line.StartsWith($"{entry.Target.Name} ", StringComparison.Ordinal));
            Assert.Contains($" {entry.Address.Port} ", row, StringComparison.Ordinal);
            Assert.EndsWith($"  {entry.Target.Promise}", row, StringComparison.Ordinal);
            Assert.True(row.Length <= 120, $"too long for a terminal: {row}");
        });
    }

    [Fact]
    public async Task The_guide_names_the_places_to_look_at_and_files_that_exist()
    {
        await using var stage = await DemoStage.OpenAsync(TimeProvider.System);

        var words = Guide(stage).Split([' ', '\n', ','], StringSplitOptions.RemoveEmptyEntries);

        Assert.Contains("http://localhost:10219/metrics", words);
        Assert.Contains("/opt/mtlsprobe", words);
        var files = words.Where(word => word.StartsWith(stage.Files.Directory, StringComparison.Ordinal)).ToList();
        Assert.Equal(9, files.Count);
        Assert.All(files, file => Assert.True(Path.Exists(file), file));
    }

    [Fact]
    public async Task The_guide_announces_the_rotation_step_by_step()
    {
        await using var stage = await DemoStage.OpenAsync(TimeProvider.System);

        var lines = Guide(stage).Split('\n');

        var rotation = lines.SkipWhile(line => !line.StartsWith("A rotation", StringComparison.Ordinal)).Skip(1).TakeWhile(line => line.Length > 0).ToList();
        Assert.Equal(6, rotation.Count);
        Assert.Equal("  at 0:15  the next credential is staged; no server accepts it yet", rotation[0]);
        Assert.All(rotation, line => Assert.True(line.Length <= 120, line));
    }

    [Fact]
    public async Task The_guide_has_a_command_for_the_mesh_that_is_accepted_unchanged_and_not_with_another_ID()
    {
        await using var stage = await DemoStage.OpenAsync(TimeProvider.System);
        var command = Assert.Single(Guide(stage).Split('\n'), line => line.Contains("--spiffe", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);

        var right = await Terminal.RunAsync(command[1..]);
        var wrong = await Terminal.RunAsync([.. command[1..^1], "spiffe://demo.test/orders"]);

        Assert.Equal(["/opt/mtlsprobe", "spiffe://demo.test/payments"], [command[0], command[^1]]);
        Assert.Equal((0, ""), (right.Code, right.Error));
        Assert.StartsWith("✔ ACCEPTED  127.0.0.1:", right.Output, StringComparison.Ordinal);
        Assert.Contains("spiffe://demo.test/payments", right.Output, StringComparison.Ordinal);
        Assert.Equal(1, wrong.Code);
        Assert.Contains("id_mismatch", wrong.Output, StringComparison.Ordinal);
    }

    private static string Guide(DemoStage stage)
    {
        using var text = new StringWriter { NewLine = "\n" };
        new DemoGuide(stage, "http://localhost:10219", "/opt/mtlsprobe").Write(new Pen(text, color: false));
        return text.ToString();
    }
}
