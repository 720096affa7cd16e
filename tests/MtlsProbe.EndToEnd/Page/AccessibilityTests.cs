using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>The page for people who use no mouse, who do not see it, or who see it on a phone at night.</summary>
[Collection(StageTests.Name)]
public sealed class AccessibilityTests(Stage stage)
{
    private static readonly string[] s_views = ["#/?state=refused,faulty,not_enforced", "#/?identity=checkout&limit=5&open=not-enforcing", "#/?group_by=reason&in=enforcement%2Fnot_refused", "#/?expiring=expired,critical,warning", "#/target/refuses-unknown-ca", "#/target/not-enforcing", "#/rotation", "#/access?state=unexpected_access,as_expected", "#/certificates?role=trust_anchor,credential", "#/forecast?within=90d", "#/changes", "#/runbook/MtlsProbeCredentialRefused"];

    /// <summary>Views with wide rows, and what each shows once it is complete.</summary>
    private static readonly (string Fragment, string Shown)[] s_wide =
    [
        ("#/", ".wide > .fleet"), ("#/target/server-no-intermediate", ".waterfall .is-waiting"), ("#/?q=lets-in-others&open=lets-in-others", "tr.inside .matrix"),
        ("#/certificates", ".certificates"), ("#/?group_by=reason&in=enforcement%2Fnot_refused", ".group .fleet"), ("#/forecast", ".causes"),
        ("#/rotation/rollout", ".beside .matrix"), ("#/changes", ".events"),
    ];

    [BrowserFact]
    public Task Axe_finds_nothing_in_light_colours_on_a_desktop() => Check(new Window());

    [BrowserFact]
    public Task Axe_finds_nothing_in_dark_colours_on_a_phone() => Check(Window.Phone with { Scheme = ColorScheme.Dark });

    [BrowserFact]
    public async Task Light_and_dark_differ()
    {
        await using var light = await stage.Open();
        await using var dark = await stage.Open(window: Window.Dark);

        await Expect(light.Page.Locator("body")).ToHaveCSSAsync("background-color", "rgb(244, 246, 248)");
        await Expect(dark.Page.Locator("body")).ToHaveCSSAsync("background-color", "rgb(14, 19, 24)");
    }

    [BrowserFact]
    public async Task No_view_scrolls_sideways_on_a_phone()
    {
        await using var view = await stage.Open(window: Window.Phone);
        foreach (var fragment in (IEnumerable<string>)[.. s_views, "#/", "#/certificates", "#/target/half-rotated"])
        {
            await view.Go(fragment);
            Assert.True(await view.Overhang() == 0, fragment);
        }
    }

    [BrowserFact]
    public async Task Nothing_is_cut_at_any_width()
    {
        foreach (var width in (int[])[320, 768, 1024, 1181, 1440, 2560])
        {
            await using var view = await stage.Open("#/", new Window(width, 900));
            foreach (var (fragment, shown) in s_wide)
            {
                await view.Follow(fragment);
                await view.Page.Locator(shown).First.WaitForAsync(); // until then the previous view can still be visible
                var cut = await view.Page.EvaluateAsync<string[]>("[...document.querySelectorAll('.wide:has(> .is-cards)')].filter(part => part.scrollWidth > part.clientWidth + 1).map(part => `${part.firstElementChild.className} ${part.scrollWidth} > ${part.clientWidth}`)");
                Assert.True(await view.Overhang() == 0 && cut.Length == 0, $"{width} {fragment}: {await view.Overhang()} {string.Join(", ", cut)}");
            }
        }
    }

    [BrowserFact]
    public async Task Everything_can_be_reached_and_done_with_the_keyboard()
    {
        await using var view = await stage.Open("#/?q=refuses-403");
        var keyboard = view.Page.Keyboard;

        await keyboard.PressAsync("Tab");
        await Expect(view.Page.Locator(".skip")).ToBeFocusedAsync();
        await Expect(view.Page.Locator(".skip")).ToBeInViewportAsync();
        await keyboard.PressAsync("Enter");
        await Expect(view.Page.Locator("main")).ToBeFocusedAsync();

        await TabTo(view, view.Page.Locator(".tile.is-refused"));
        await TabTo(view, view.Page.GetByRole(AriaRole.Searchbox));
        await TabTo(view, view.Page.Locator("thead a", new() { HasText = "For" }));
        await keyboard.PressAsync("Enter");
        await Expect(view.Page.Locator("[aria-sort=ascending]")).ToContainTextAsync("For");
        await Expect(view.Page.Locator("thead a", new() { HasText = "For" })).ToBeFocusedAsync(); // still there after it was redrawn

        await TabTo(view, view.Page.Locator(".fleet .name"));
        await keyboard.PressAsync("Enter");
        await Expect(view.Heading).ToHaveTextAsync("refuses-403");
        await Expect(view.Heading).ToBeFocusedAsync();

        await TabTo(view, view.Page.GetByRole(AriaRole.Button, new() { Name = "Probe now" }));
        await keyboard.PressAsync("Space");
        await Expect(view.Status).ToContainTextAsync("Probed just now: refused");
    }

    private async Task Check(Window window)
    {
        await using var view = await stage.Open(window: window);
        foreach (var fragment in s_views)
        {
            await view.Go(fragment);
            var violations = await Axe.Violations(view.Page);
            Assert.True(violations.Count == 0, $"{fragment}\n{string.Join("\n", violations)}");
        }
    }

    /// <summary>Presses Tab until the element has the focus, and asserts that the focus is visible.</summary>
    private static async Task TabTo(View view, ILocator locator)
    {
        for (var presses = 0; presses < 60; presses++)
        {
            await view.Page.Keyboard.PressAsync("Tab");
            if (!await locator.EvaluateAsync<bool>("element => element === document.activeElement")) continue;
            var outlined = await view.Page.EvaluateAsync<bool>("""
                [document.activeElement, document.activeElement.parentElement].some(element =>
                  getComputedStyle(element).outlineStyle !== "none" && parseFloat(getComputedStyle(element).outlineWidth) >= 2)
                """);
            Assert.True(outlined, $"no visible focus on {locator}");
            return;
        }

        Assert.Fail($"not reached: {locator}");
    }
}
