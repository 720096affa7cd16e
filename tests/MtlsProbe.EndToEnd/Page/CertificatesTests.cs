using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>The inventory of certificates.</summary>
[Collection(StageTests.Name)]
public sealed class CertificatesTests(Stage stage)
{
    [BrowserFact]
    public async Task Every_certificate_is_listed_and_the_one_that_expires_first_comes_first()
    {
        await using var view = await stage.Open("#/certificates");
        var rows = view.Page.Locator(".certificates tbody tr");

        await Expect(rows.First).ToContainTextAsync(new Regex("expired \\d"));
        foreach (var subject in (string[])["CN=server-expired.demo.test", "CN=Demo Servers", "CN=checkout,", "CN=Demo Root"])
            await Expect(rows.Filter(new() { HasText = subject }).First).ToBeVisibleAsync();

        await view.Page.GetByLabel("Role").FocusAsync(); // like a user who chooses by hand
        await view.Page.GetByLabel("Role").SelectOptionAsync("trust anchor");
        await Expect(rows).ToHaveCountAsync(2);
        await Expect(rows.Filter(new() { HasText = "CN=Demo Root" })).ToContainTextAsync("trust bundle demo");
        await Expect(rows.Filter(new() { HasText = "CN=Demo Mesh" })).ToContainTextAsync("trust bundle mesh");
        await Expect(view.Page).ToHaveURLAsync(new Regex("role=trust_anchor"));
        await Expect(view.Status).ToHaveTextAsync("2 certificates");

        await view.Page.GoBackAsync();
        await Expect(view.Page.GetByLabel("Role")).ToHaveValueAsync("");
        await Expect(rows.Nth(1)).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task A_filtered_list_can_be_downloaded()
    {
        await using var view = await stage.Open("#/certificates?role=server_leaf&q=expires-soon");
        await Expect(view.Page.Locator(".certificates tbody tr")).ToHaveCountAsync(1);

        var download = await view.Page.RunAndWaitForDownloadAsync(() => view.Page.GetByRole(AriaRole.Link, new() { Name = "CSV" }).ClickAsync());
        var lines = await File.ReadAllLinesAsync(await download.PathAsync());
        Assert.StartsWith("not_after,", lines[0], StringComparison.Ordinal);
        Assert.Contains("expires-soon", Assert.Single(lines[1..]), StringComparison.Ordinal);

        var json = await view.Page.GetByRole(AriaRole.Link, new() { Name = "JSON", Exact = true }).GetAttributeAsync("href");
        Assert.Contains("\"total\":1", await stage.Exporter.Get("/" + json), StringComparison.Ordinal);
    }
}
