using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>The page on paper, printed from a dark screen.</summary>
[Collection(StageTests.Name)]
public sealed class PrintTests(Stage stage)
{
    /// <summary>A4 at 96 dots per inch, without its margins.</summary>
    private static readonly Window s_paper = new(703, 1030, ColorScheme.Dark);

    [BrowserTheory]
    [InlineData("#/")]
    [InlineData("#/?group_by=reason")]
    [InlineData("#/target/refuses-unknown-ca")]
    [InlineData("#/rotation")]
    [InlineData("#/access")]
    [InlineData("#/certificates")]
    [InlineData("#/forecast")]
    [InlineData("#/changes")]
    [InlineData("#/runbook/MtlsProbeCredentialRefused")]
    public async Task Paper_is_light_without_buttons_and_nothing_is_cut(string fragment)
    {
        await using var view = await stage.Open(fragment, s_paper);
        await view.Page.EmulateMediaAsync(new() { Media = Media.Print });

        await Expect(view.Page.Locator("body")).ToHaveCSSAsync("background-color", "rgb(255, 255, 255)");
        await Expect(view.Heading).ToHaveCSSAsync("color", "rgb(24, 33, 43)");
        await Expect(view.Page.Locator(".places")).ToBeHiddenAsync();
        await Expect(view.Page.Locator("main").Locator(".button:visible, .fleet .opener:visible, .opener > .icon:visible, select:visible, input:visible")).ToHaveCountAsync(0);
        await Expect(view.Page.Locator("#live")).ToHaveAttributeAsync("data-as-of", new Regex(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$"));
        Assert.Equal(0, await view.Overhang());
        var cut = await view.Page.EvaluateAsync<string[]>("""
            [...document.querySelectorAll("main .wide, main pre, main .names")].filter(part => part.checkVisibility() && (part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1))
              .map(part => `${part.className || part.tagName} ${part.scrollWidth} > ${part.clientWidth}: ${part.textContent.slice(0, 60)}`)
            """);
        Assert.Empty(cut);
    }

    /// <summary>A card that is longer than the rest of a page nevertheless begins there.</summary>
    [BrowserFact]
    public async Task The_first_page_is_not_left_empty()
    {
        await using var view = await stage.Open("#/certificates", s_paper);
        await view.Page.EmulateMediaAsync(new() { Media = Media.Print });

        await Expect(view.Page.Locator("main .card")).ToHaveCSSAsync("break-inside", "auto");
        await Expect(view.Page.Locator("main tbody tr").First).ToHaveCSSAsync("break-inside", "avoid");
    }

    /// <summary>By default, browsers do not print backgrounds, and the bars are backgrounds.</summary>
    [BrowserFact]
    public async Task Bars_are_printed_in_their_colours()
    {
        await using var view = await stage.Open("#/target/refuses-unknown-ca", s_paper);
        await view.Page.EmulateMediaAsync(new() { Media = Media.Print });

        await Expect(view.Page.Locator(".timeline i").First).ToHaveCSSAsync("print-color-adjust", "exact");
        await Expect(view.Page.Locator(".timeline i").First).ToHaveCSSAsync("background-color", "rgb(176, 32, 27)");
    }
}
