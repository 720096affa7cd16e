using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>The forecast, as a reader sees it.</summary>
[Collection(StageTests.Name)]
public sealed class ForecastViewTests(Stage stage)
{
    [BrowserFact]
    public async Task The_first_end_comes_first_with_the_advice_and_the_timeline_agrees()
    {
        await using var view = await stage.Open("#/forecast?within=30d");
        var rows = view.Page.Locator(".causes tbody tr");
        await Expect(rows.First).ToContainTextAsync(new Regex("CN=(checkout|orders|payments), ")); // SVIDs of the mesh, which are renewed each minute
        var soon = rows.Filter(new() { HasText = "CN=expires-soon" });
        await Expect(soon).ToContainTextAsync(new Regex("[56] days left"));
        await Expect(soon).ToContainTextAsync("Renew the certificate of this server");
        await Expect(view.Page.Locator(".horizon")).ToHaveAttributeAsync("aria-label", new Regex("^The next month: \\d+ causes? breaks? handshakes"));

        await view.Page.GetByLabel("Within", new() { Exact = true }).SelectOptionAsync("two years");
        await view.Page.GetByLabel("Cause", new() { Exact = true }).SelectOptionAsync("trust anchor");
        await Expect(view.Page).ToHaveURLAsync(new Regex("within=2y.*cause=trust_anchor"));
        await Expect(view.Page.Locator("main")).ToContainTextAsync(new Regex("Nothing matches|CN=Demo Root"));
        var calendar = await stage.Exporter.Get("/calendar.ics");
        Assert.Contains("SUMMARY:CN=expires-soon", calendar, StringComparison.Ordinal);
        Assert.DoesNotContain("CN=payments", calendar, StringComparison.Ordinal);
    }
}
