using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>A rotation as somebody follows it on the page, without touching it. It changes its stage, so it has one of its own.</summary>
public sealed class RotationViewTests(Stage stage) : IClassFixture<Stage>
{
    [BrowserFact]
    public async Task A_rotation_is_followed_live_from_the_first_step_to_the_last()
    {
        await using var view = await stage.Open("#/rotation/rollout");
        var step = view.Page.Locator(".steps [aria-current=step]");
        await Expect(view.Page.Locator(".matrix thead th")).ToHaveTextAsync(["Target", "rollout", "rollout-retired must be refused"]);

        stage.Rollout.StageNext();
        await Expect(step).ToContainTextAsync("Trust first");
        await Expect(Cells(view, "next")).ToHaveTextAsync(["refused", "refused", "refused", "refused"]);
        await Expect(view.Page.Locator(".missing")).ToContainTextAsync("rotation-4");

        for (var server = 1; server <= 3; server++) stage.Rollout.AddAuthority(server);
        await Expect(Cells(view, "next").Filter(new() { HasText = "accepted" })).ToHaveCountAsync(3);
        await Expect(Cells(view, "next").Filter(new() { HasText = "refused" })).ToHaveCountAsync(1);

        stage.Rollout.AddAuthority(4);
        await Expect(view.Page.GetByText("Nothing is missing: the next step is safe.")).ToBeVisibleAsync();
        await Expect(step).ToContainTextAsync("Clients");

        stage.Rollout.Promote();
        await Expect(step).ToContainTextAsync("Clean-up");
        await Expect(Cells(view, "must be refused")).ToHaveTextAsync(["let in", "let in", "let in", "let in"]);

        for (var server = 1; server <= 4; server++) stage.Rollout.RemoveOldAuthority(server);
        await Expect(Cells(view, "must be refused")).ToHaveTextAsync(["kept out", "kept out", "kept out", "kept out"]);
        await Expect(step).ToHaveCountAsync(0);
    }

    /// <summary>The words of a column, from top to bottom.</summary>
    private static ILocator Cells(View view, string column) => view.Page.Locator(
        $"xpath=//table[contains(@class, 'matrix')]/tbody/tr/td[count(ancestor::table/thead/tr/th[contains(., '{column}')]/preceding-sibling::th) = count(preceding-sibling::*)]//a");
}
