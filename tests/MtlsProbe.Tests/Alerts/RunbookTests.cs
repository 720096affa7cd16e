using System.Text.RegularExpressions;

namespace MtlsProbe.Tests.Alerts;

/// <summary>The runbooks and the page about alerts, compared with the rules.</summary>
public sealed partial class RunbookTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "docs", "runbooks");
    private static readonly string[] s_sections = ["Meaning", "Impact", "Diagnosis", "Mitigation"];

    public static TheoryData<string> Alerts => [.. ShippedRules.Severities().Keys];

    [Fact]
    public void Every_alert_has_a_runbook_and_every_runbook_an_alert()
    {
        var pages = Directory.GetFiles(s_folder, "*.md").Select(file => Path.GetFileNameWithoutExtension(file)!).Except(["README"]);

        Assert.Equal(ShippedRules.Severities().Keys.Order(), pages.Order());
    }

    [Theory]
    [MemberData(nameof(Alerts))]
    public void A_runbook_says_what_it_means_whom_it_hurts_how_to_look_and_what_to_do(string alert)
    {
        var page = Read(Path.Combine("runbooks", $"{alert}.md"));
        var sections = Section().Matches(page).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["text"].Value.Trim());

        Assert.StartsWith($"# {alert}\n", page, StringComparison.Ordinal);
        Assert.Equal(s_sections, sections.Keys);
        Assert.All(sections, section => Assert.NotEmpty(section.Value));
        Assert.Contains("```", sections["Diagnosis"], StringComparison.Ordinal);
    }

    /// <summary>Text that occurs on several pages says nothing about the individual alert; commands can be the same.</summary>
    [Fact]
    public void No_two_runbooks_share_a_paragraph()
    {
        var paragraphs = Directory.GetFiles(s_folder, "Mtls*.md").SelectMany(file => Fence().Replace(File.ReadAllText(file), "").Split("\n\n").Select(text => text.Trim()).Distinct())
            .Where(text => text.Length > 100).ToList();

        Assert.True(paragraphs.Count > 200);
        Assert.Empty(paragraphs.GroupBy(text => text).Where(text => text.Count() > 1).Select(text => text.Key));
    }

    [Theory]
    [InlineData("runbooks/README.md")]
    [InlineData("alerts.md")]
    public void A_page_that_lists_the_alerts_lists_all_of_them_with_their_severities(string page)
    {
        var listed = Row().Matches(Read(page)).ToDictionary(
            row => row.Groups["alert"].Value, row => row.Groups["severities"].Value.Split(", ").Select(word => word.Trim('`')).Order().ToList());

        Assert.Equal(ShippedRules.Severities().Keys.Order(), listed.Keys.Order());
        Assert.All(ShippedRules.Severities(), alert => Assert.Equal(alert.Value.Order(), listed[alert.Key]));
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, "docs", page));

    [GeneratedRegex(@"^## (?<name>.+)\n(?<text>(?:(?!## ).*\n?)*)", RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex("(?ms)^ *```.*?^ *```")]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\| \[(?<alert>MtlsProbe\w+)\]\([\w/]*\k<alert>\.md\) \| (?<severities>[^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
