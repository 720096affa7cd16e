using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>What an issuer has revoked, and how each server treats it.</summary>
[Collection(StageTests.Name)]
public sealed class RevocationViewTests(Stage stage)
{
    [BrowserFact]
    public async Task Revocation_by_the_list_and_refusal_by_the_server_are_side_by_side()
    {
        await using var view = await stage.Open("#/rotation/checkout");
        var heads = view.Page.Locator(".matrix thead th");
        var head = heads.Filter(new() { HasText = "checkout-revoked" });

        await Expect(head).ToContainTextAsync("must be refused");
        await Expect(head).ToContainTextAsync(new Regex("revoked by its issuer, evidence of .*20"));
        var column = (await heads.AllInnerTextsAsync()).ToList().FindIndex(text => text.Contains("checkout-revoked", StringComparison.Ordinal));
        await Expect(Cell("healthy-revocation", column)).ToHaveTextAsync(new Regex("^kept out.*revoked, and refused$"));
        await Expect(Cell("revocation-ignored", column)).ToHaveTextAsync(new Regex("^let in.*revoked, and still let in after .*$"));
        await Expect(Cell("revocation-ignored", 1)).Not.ToContainTextAsync("revoked"); // the credential in use is not

        await view.Follow("#/rotation/checkout-revoked");
        await Expect(view.Page.Locator(".slots .state")).ToContainTextAsync("revoked");
        await Expect(view.Page.Locator(".slots .fault")).ToContainTextAsync("revoked at");

        ILocator Cell(string target, int index) => view.Page.Locator(".matrix tbody tr").Filter(new() { Has = view.Page.GetByRole(AriaRole.Link, new() { Name = target, Exact = true }) }).Locator("th, td").Nth(index);
    }
}
