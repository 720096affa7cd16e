using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>A certificate that attacks its reader, on every view that shows it.</summary>
[Collection(StageTests.Name)]
public sealed class HostileTests(Stage stage)
{
    [BrowserFact]
    public async Task Text_of_a_certificate_stays_text_and_breaks_nothing()
    {
        foreach (var window in (Window[])[new(), Window.Phone])
        {
            await using var view = await stage.Open($"#/target/{HostileServer.Target}", window);
            var chain = view.Page.Locator(".tree");

            await Expect(chain).ToContainTextAsync(HostileServer.Markup);
            await Expect(chain).ToContainTextAsync(HostileServer.RightToLeft);
            await Expect(chain).ToContainTextAsync("abc\\u{202e}gnp.exe\\u{202c}\\u{7}\\u{1b}[31m\\u{200b}");
            await Expect(chain).ToContainTextAsync("all 5,000 names");
            Assert.True(await view.Page.Locator("main *").CountAsync() < 1500, "names are not bounded");
            await AssertWhole(view);

            await view.Go("#/certificates?q=script");
            await Expect(view.Page.Locator(".certificates tbody tr")).ToContainTextAsync(HostileServer.Markup);
            await AssertWhole(view);
        }
    }

    [BrowserFact]
    public async Task Text_of_an_address_stays_text_too()
    {
        await using var view = await stage.Open("#/?identity=%E2%80%AEabc%3Cb%3E");

        await Expect(view.Page.Locator(".tools .tag")).ToContainTextAsync("\\u{202e}abc<b>");
        await AssertWhole(view);
    }

    private static async Task AssertWhole(View view)
    {
        Assert.Equal(0, await view.Page.Locator("main script, main img").CountAsync());
        Assert.Contains("MtlsProbe", await view.Page.TitleAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await view.Overhang());
        var text = await view.Page.Locator("body").InnerTextAsync();
        Assert.DoesNotContain(text, character => character is '\u202e' or '\u202c' or '\u0007' or '\u001b' or '\u200b');
    }
}
