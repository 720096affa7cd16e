using System.Text.Json;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>Functions of the page's modules, on their own.</summary>
public sealed class ScriptTests
{
    private const int Day = 86_400;

    [NeedsFact("node")]
    public async Task The_time_left_is_stated_in_years_from_two_on_up_to_the_last_year()
    {
        var words = await Run("words.js",
            $"""
            const now = Date.parse("2026-11-29T00:00:00Z");
            return [
              words.span({730 * Day}), words.span({731 * Day}), words.left("2027-11-29T00:00:00Z", now),
              words.left("9999-12-31T23:59:59Z", now), words.left("0001-01-01T00:00:00Z", now), words.moment("9999-12-31T23:59:59Z"),
            ];
            """);

        Assert.Equal(["730 days", "2 years", "365 days left", "7,973 years left", "expired 2,025 years ago", "9999-12-31 23:59:59Z"], words);
    }

    [NeedsFact("node")]
    public async Task A_short_serial_shows_both_ends_because_serials_are_counted_up()
    {
        const string First = "7088ceab12f3c21a", Second = "7088ceab12f3c21b";
        Assert.Equal(["7088…c21a", "7088…c21b", "0ecc34bd21b8"], await Run("words.js", $"""return [words.short("{First}"), words.short("{Second}"), words.short("0ecc34bd21b8")]"""));
    }

    [NeedsFact("node")]
    public async Task Advice_is_shown_in_full_and_endless_text_is_not()
    {
        var words = await Run("words.js", """return [words.visible("a".repeat(2000)), words.visible("a".repeat(5000))]""");
        Assert.Equal(new string('a', 2000), words[0]);
        Assert.EndsWith("a… (1,000 more characters)", words[1], StringComparison.Ordinal);
    }

    /// <summary>The result of a function body, which has the module as <c>words</c>.</summary>
    private static async Task<IReadOnlyList<string>> Run(string module, string body)
    {
        var file = new Uri(Path.Combine(Repository.Root, "src", "MtlsProbe", "Web", "Page", module));
        await using var node = ChildProcess.Start("node", Needs.Find("node"),
            ["--no-warnings", "--experimental-default-type=module", "--eval", $$"""import("{{file}}").then(words => console.log(JSON.stringify((() => { {{body}} })())))"""]);
        Assert.True(await node.Exit(TimeSpan.FromSeconds(60)) == 0, node.Output);
        return JsonSerializer.Deserialize<string[]>(node.Output)!;
    }
}
