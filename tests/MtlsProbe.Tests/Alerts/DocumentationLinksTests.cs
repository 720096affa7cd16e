using System.Text.RegularExpressions;

namespace MtlsProbe.Tests.Alerts;

/// <summary>Links between the pages lead somewhere.</summary>
public sealed partial class DocumentationLinksTests
{
    [Fact]
    public void Every_link_to_a_file_of_the_repository_leads_to_a_file_and_to_a_heading_in_it()
    {
        var pages = Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.GetFiles(Repository.Root, "*.md"));
        var links = pages.SelectMany(page => Link().Matches(Fence().Replace(File.ReadAllText(page), "")).Select(link => (Page: page, To: link.Groups["to"].Value))).ToList();

        Assert.True(links.Count > 100);
        Assert.Empty(links.Where(link => !Leads(link.Page, link.To)).Select(link => $"{Path.GetRelativePath(Repository.Root, link.Page)}: {link.To}"));
    }

    private static bool Leads(string page, string to)
    {
        var parts = to.Split('#');
        var file = parts[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0]);
        return Path.Exists(file)
            && (parts.Length == 1 || Heading().Matches(Fence().Replace(File.ReadAllText(file), "")).Any(heading => Anchor(heading.Groups["text"].Value) == parts[1]));
    }

    /// <summary>In the form that GitHub makes.</summary>
    private static string Anchor(string heading) => NotInAnchors().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex("(?ms)^```.*?^```")]
    private static partial Regex Fence();

    [GeneratedRegex(@"(?m)^#+ (?<text>.+)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"\]\((?!https?:|mailto:)(?<to>[^)\s]+)\)")]
    private static partial Regex Link();
}
