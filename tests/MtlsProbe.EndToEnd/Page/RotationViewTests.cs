using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>A rotation as a reader follows it on the page, without touching it. It changes its stage, so it has one for itself.</summary>
public sealed class RotationViewTests(Stage stage) : IClassFixture<Stage>
{
    /// <summary>The contrast between the card and the line that stands out least, as WCAG defines it.</summary>
    private const string WeakestLine = """
        (() => {
          const parts = colour => colour.match(/[\d.]+/g).slice(0, 3).map(Number);
          const light = colour => colour.map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
            .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
          const card = parts(getComputedStyle(document.querySelector(".course-of")).backgroundColor);
          return Math.min(...[...document.querySelectorAll(".course path")].map(line => {
            const { stroke, opacity } = getComputedStyle(line);
            const [one, other] = [light(card), light(parts(stroke).map((part, i) => part * opacity + card[i] * (1 - opacity)))];
            return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
          }));
        })()
        """;

    [BrowserFact]
    public async Task A_rotation_is_followed_live_from_the_first_step_to_the_last()
    {
        await using var view = await stage.Open("#/rotation/rollout");
        var step = view.Page.Locator(".steps [aria-current=step]");
        await Expect(view.Page.Locator(".matrix thead th")).ToHaveTextAsync(["Target", "rollout", "rollout-retired must be refused"]);

        await Expect(view.Page.Locator(".course")).ToHaveCountAsync(0); // nothing has been staged or replaced
        stage.Rollout.StageNext();
        await Expect(step).ToContainTextAsync("Trust first");
        await Expect(view.Page.Locator(".moments li")).ToHaveTextAsync([new Regex("staged \\d{4}")]);
        await Expect(Legend(view)).ToHaveTextAsync(["0 of 4 accept the new one"]);
        await Expect(Cells(view, "next")).ToHaveTextAsync(["refused", "refused", "refused", "refused"]);
        await Expect(view.Page.Locator(".missing")).ToContainTextAsync("rotation-4");

        for (var server = 1; server <= 3; server++) stage.Rollout.AddAuthority(server);
        await Expect(Cells(view, "next").Filter(new() { HasText = "accepted" })).ToHaveCountAsync(3);
        await Expect(Cells(view, "next").Filter(new() { HasText = "refused" })).ToHaveCountAsync(1);
        await Expect(Legend(view)).ToHaveTextAsync(["3 of 4 accept the new one"]);

        stage.Rollout.AddAuthority(4);
        await Expect(view.Page.GetByText("Nothing is missing: the next step is safe.")).ToBeVisibleAsync();
        await Expect(step).ToContainTextAsync("Clients");

        stage.Rollout.Promote();
        await Expect(step).ToContainTextAsync("Clean-up");
        await Expect(Cells(view, "must be refused")).ToHaveTextAsync(["let in", "let in", "let in", "let in"]);
        await Expect(Legend(view)).ToHaveTextAsync(["4 of 4 accept the new one", "4 of 4 accept it as current", "0 of 4 that had accepted the old one now refuse it"]);

        for (var server = 1; server <= 4; server++) stage.Rollout.RemoveOldAuthority(server);
        await Expect(Cells(view, "must be refused")).ToHaveTextAsync(["kept out", "kept out", "kept out", "kept out"]);
        await Expect(step).ToHaveCountAsync(0);
        await Expect(view.Page.Locator(".rotation .lead")).ToContainTextAsync(new Regex("^the last rotation was completed at 2.*; nothing is staged$"));
        await Expect(view.Page.Locator(".steps .is-done")).ToHaveCountAsync(3);
        await Expect(view.Page.Locator(".moments li")).ToContainTextAsync(["staged", "accepted everywhere", "promoted", "in use everywhere", "old one refused by all that had accepted it"]);
        await Expect(view.Page.Locator(".course")).ToHaveAttributeAsync("aria-label", new Regex("^4 of 4 addresses accept the new one, .* 4 of 4 addresses that had accepted the old one now refuse it\\. staged 2"));

        // The same as a list, in which each step has its address; each cell says since when.
        await view.Page.Locator(".course-of summary").ClickAsync();
        await Expect(view.Page.Locator(".course-of tbody tr").First).ToContainTextAsync(new Regex("that had accepted the old one now refuse it.*4 of 4.*rotation-\\d"));
        await Expect(view.Page.Locator(".matrix tbody tr").First.Locator("td").First).ToContainTextAsync(new Regex("serial .*since \\d\\d:"));
        Assert.Empty(await Axe.Violations(view.Page));
    }

    [BrowserTheory]
    [InlineData(1, 320, ColorScheme.Light)]
    [InlineData(38, 320, ColorScheme.Dark)]
    [InlineData(3_000, 768, ColorScheme.Dark)]
    [InlineData(10_000, 2560, ColorScheme.Light)]
    public async Task At_any_size_its_course_fits_and_its_marks_do_not_overlap(int addresses, int width, ColorScheme scheme)
    {
        await using var view = await stage.Open("#/access", new Window(width, 800, scheme));
        await view.Page.RouteAsync("**/api/v1/identities/*", async route =>
        {
            var answer = await route.FetchAsync(new() { Headers = route.Request.Headers.Where(header => header.Key != "if-none-match") });
            var detail = JsonNode.Parse(await answer.TextAsync())!;
            detail["timeline"] = Course(addresses, DateTimeOffset.UtcNow);
            await route.FulfillAsync(new() { Response = answer, Body = detail.ToJsonString() });
        });
        await view.Follow("#/rotation");

        await Expect(view.Page.Locator(".course path")).ToHaveCountAsync(2);
        await Expect(view.Page.Locator(".course > i")).ToHaveCountAsync(4);
        var count = addresses.ToString("N0", CultureInfo.InvariantCulture);
        await Expect(Legend(view)).ToHaveTextAsync([$"{count} of {count} accept the new one", $"{count} of {count} accept it as current"]);
        await Expect(view.Page.Locator(".moments li")).ToContainTextAsync(["staged", "accepted everywhere", "promoted", "in use everywhere"]);
        Assert.Equal(0, await view.Overhang());
        Assert.Equal(0, await view.Page.EvaluateAsync<int>("""
            (() => {
              const marks = [...document.querySelectorAll(".course b")].map(mark => mark.getBoundingClientRect());
              return marks.flatMap((one, i) => marks.slice(i + 1).filter(other => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom)).length;
            })()
            """));
        Assert.InRange(await view.Page.EvaluateAsync<double>(WeakestLine), 3, 21); // WCAG 2.2, 1.4.11
        Assert.Empty(await Axe.Violations(view.Page));
    }

    /// <summary>A rotation that is complete, as in the API: staged an hour ago, in use within moments of the promotion.</summary>
    private static JsonObject Course(int addresses, DateTimeOffset now)
    {
        var (staged, promoted) = (now.AddHours(-1), now.AddMinutes(-5));
        JsonObject Line(string kind, DateTimeOffset from, TimeSpan each)
        {
            var steps = Math.Min(addresses, 60);
            var counts = Enumerable.Range(1, steps).Select(step => addresses * step / steps).ToList();
            return new JsonObject
            {
                ["kind"] = kind, ["total"] = addresses, ["before"] = 0, ["complete"] = Said(from + (each * steps)),
                ["steps"] = new JsonArray([.. counts.Select((count, i) => new JsonObject
                {
                    ["at"] = Said(from + (each * (i + 1))), ["count"] = count, ["total"] = count - (i == 0 ? 0 : counts[i - 1]),
                    ["places"] = new JsonArray(new JsonObject { ["target"] = $"target-{i}", ["address"] = "target.internal:8443" }),
                })]),
            };
        }

        return new JsonObject
        {
            ["new"] = new JsonObject { ["serial"] = "5a0102", ["not_after"] = Said(now.AddDays(90)) },
            ["old"] = new JsonObject { ["serial"] = "4a0102", ["not_after"] = Said(now.AddDays(9)) },
            ["staged"] = Said(staged), ["promoted"] = Said(promoted),
            ["lines"] = new JsonArray(Line("accepted", staged, TimeSpan.FromSeconds(40)), Line("in_use", promoted, TimeSpan.FromMilliseconds(50))),
        };
    }

    private static string Said(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static ILocator Legend(View view) => view.Page.Locator(".course-of .legend li");

    /// <summary>The words of a column, from top to bottom.</summary>
    private static ILocator Cells(View view, string column) => view.Page.Locator(
        $"xpath=//table[contains(@class, 'matrix')]/tbody/tr/td[count(ancestor::table/thead/tr/th[contains(., '{column}')]/preceding-sibling::th) = count(preceding-sibling::*)]//a");
}
