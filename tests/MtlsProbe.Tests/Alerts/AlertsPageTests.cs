using System.Diagnostics;
using System.Text.RegularExpressions;

namespace MtlsProbe.Tests.Alerts;

/// <summary>docs/alerts.md and the rules agree about how to change the rules.</summary>
public sealed partial class AlertsPageTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "alerts.md"));

    [Fact]
    public void Every_threshold_on_the_page_is_that_of_the_rules()
    {
        var rows = Threshold().Matches(s_page);

        Assert.True(rows.Count >= 6);
        foreach (Match row in rows)
        {
            foreach (Match file in Code().Matches(row.Groups["files"].Value))
                Assert.All(Code().Matches(row.Groups["texts"].Value), text => Assert.Contains(text.Groups["code"].Value, Rules($"{file.Groups["code"].Value}.rules.yml"), StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Every_substitution_on_the_page_changes_its_file()
    {
        var lines = Sed().Matches(s_page);

        Assert.True(lines.Count >= 2);
        foreach (Match line in lines)
        {
            foreach (var expression in line.Groups["expression"].Captures.Select(capture => capture.Value))
            {
                using var sed = Process.Start(new ProcessStartInfo("sed", ["-e", expression, Path.Combine(ShippedRules.Folder, line.Groups["file"].Value)]) { RedirectStandardOutput = true })!;
                var changed = await sed.StandardOutput.ReadToEndAsync();
                await sed.WaitForExitAsync();

                Assert.Equal(0, sed.ExitCode);
                Assert.NotEqual(Rules(line.Groups["file"].Value), changed);
            }
        }
    }

    private static string Rules(string file) => File.ReadAllText(Path.Combine(ShippedRules.Folder, file));

    /// <summary>A row whose second cell names rule files and whose third quotes them.</summary>
    [GeneratedRegex(@"^\| [^|]+ \| (?<files>`[a-z]+`(, `[a-z]+`)*) \| (?<texts>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Threshold();

    [GeneratedRegex("`(?<code>[^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^sed(?: -e '(?<expression>[^']+)')+ alerts/(?<file>\S+)", RegexOptions.Multiline)]
    private static partial Regex Sed();
}
