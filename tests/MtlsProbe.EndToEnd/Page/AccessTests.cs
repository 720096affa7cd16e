using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>Who may call whom.</summary>
[Collection(StageTests.Name)]
public sealed class AccessTests(Stage stage)
{
    [BrowserFact]
    public async Task Each_pair_is_shown_with_its_finding_and_leads_to_its_handshake()
    {
        await using var view = await stage.Open("#/access?q=lets-in-others");
        var cells = view.Page.Locator(".matrix tbody td");

        await Expect(view.Heading).ToHaveTextAsync("Who may call whom");
        await Expect(view.Page.Locator(".matrix tbody tr")).ToHaveCountAsync(1);
        await Expect(cells.Filter(new() { HasText = "accepted" })).ToContainTextAsync("its identity");
        await Expect(cells.Filter(new() { HasText = "let in" })).ToContainTextAsync("must_reject: others");
        await Expect(cells.Filter(new() { HasText = "kept out" })).ToHaveCountAsync(6);

        await cells.Filter(new() { HasText = "let in" }).Locator("a").ClickAsync();
        await Expect(view.Heading).ToHaveTextAsync("lets-in-others");
        await Expect(view.Page).ToHaveURLAsync(new Regex("identity=audit.*expect=reject"));
    }

    [BrowserFact]
    public async Task Unexpected_findings_are_one_click_away_and_an_identity_can_be_chosen()
    {
        await using var view = await stage.Open("#/access");

        await view.Page.Locator(".tile", new() { HasText = "unexpected access" }).ClickAsync();
        await Expect(view.Page).ToHaveURLAsync(new Regex("state=unexpected_access"));
        await Expect(view.Page.Locator(".matrix tbody th", new() { HasText = "lets-in-others" })).ToHaveCountAsync(1);
        await Expect(view.Page.Locator(".matrix tbody td", new() { HasText = "kept out" })).ToHaveCountAsync(0);

        await view.Page.GetByLabel("Identity").SelectOptionAsync("audit");
        await Expect(view.Page.Locator(".matrix thead th")).ToHaveTextAsync(["Target", "audit"]);
        await Expect(view.Page.Locator(".matrix tbody tr")).ToHaveCountAsync(1);
        await Expect(view.Status).ToHaveTextAsync("1 target");
    }
}
