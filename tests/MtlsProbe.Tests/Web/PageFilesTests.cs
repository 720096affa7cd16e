using System.Text;
using System.Text.RegularExpressions;
using MtlsProbe.Api;

namespace MtlsProbe.Tests.Web;

/// <summary>The files of the status page, as they are in the program.</summary>
public sealed partial class PageFilesTests
{
    private static readonly Dictionary<string, string> s_files =
        ServedFile.Page.ToDictionary(file => file.Key, file => Encoding.UTF8.GetString(file.Value.Content));

    [Fact]
    public void No_script_inserts_markup_or_evaluates_text()
    {
        Assert.True(s_files.Count > 15);
        foreach (var (name, text) in s_files) Assert.False(Dangerous().IsMatch(text), $"{name}: {Dangerous().Match(text).Value}");
    }

    [Fact]
    public void Nothing_is_loaded_from_elsewhere_or_from_the_root_of_the_host()
    {
        foreach (var (name, text) in s_files)
        {
            var foreign = Address().Matches(text).Select(match => match.Value).Where(address => !address.StartsWith("http://www.w3.org/", StringComparison.Ordinal));
            Assert.True(!foreign.Any(), $"{name}: {string.Join(", ", foreign)}");
        }

        // Below a prefix that a proxy adds, all of it must still be found.
        Assert.All(Reference().Matches(s_files["index.html"]), match => Assert.False(match.Groups[1].Value.StartsWith('/'), match.Value));
        Assert.DoesNotContain("\"/api/", string.Concat(s_files.Values), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_module_and_style_is_used_and_exists()
    {
        var used = s_files.SelectMany(file => Import().Matches(file.Value)).Select(match => match.Groups[1].Value)
            .Concat(Reference().Matches(s_files["index.html"]).Select(match => match.Groups[1].Value).Where(path => path.StartsWith("page/", StringComparison.Ordinal)).Select(path => path["page/".Length..]))
            .ToHashSet();

        Assert.Equal(s_files.Keys.Where(name => name != "index.html").Order(), used.Order());
    }

    [GeneratedRegex("(inner|outer)HTML|insertAdjacentHTML|document\\.write|\\beval\\b|new Function|setAttribute\\(\"style|<script(?! type=\"module\" src=)| style=\"")]
    private static partial Regex Dangerous();

    [GeneratedRegex("[a-z]+://[^\"'` )]+|(?:url|@import)\\([^)]*\\)")]
    private static partial Regex Address();

    [GeneratedRegex("(?:href|src)=\"([^\"#][^\"]*)\"")]
    private static partial Regex Reference();

    [GeneratedRegex("from \"\\./([^\"]+)\"")]
    private static partial Regex Import();
}
