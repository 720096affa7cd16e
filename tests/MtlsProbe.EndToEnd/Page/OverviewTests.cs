using System.Text.RegularExpressions;
using Microsoft.Playwright;
using MtlsProbe.EndToEnd.Harness;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>The fleet at a glance: what the page says, and how a reader finds what he looks for.</summary>
[Collection(StageTests.Name)]
public sealed class OverviewTests(Stage stage)
{
    [BrowserFact]
    public async Task It_says_of_each_target_what_the_metrics_and_a_probe_say()
    {
        await using var view = await stage.Open("#/?limit=500");
        await Eventually(async () =>
        {
            var probes = await Probes();
            var metrics = await stage.Exporter.Scrape();
            await view.Go("#/?limit=500");
            var page = await Rows(view);
            Assert.True(probes.Count > 25);
            foreach (var probe in probes)
            {
                var row = Assert.Single(page, row => row.Target == probe.Target && row.Credential == (probe.Identity == "none" ? "no certificate" : probe.Identity));
                Assert.Equal(Words(probe), (probe.Target, row.State));
                Assert.Equal(metrics.Value("mtlsprobe_success", ("target", probe.Target), ("slot", "current")), probe.Success ? 1 : 0);
                var presented = metrics.All("mtlsprobe_presented_serial_info", ("target", probe.Target), ("slot", "current"), ("side", "server")).SingleOrDefault();
                Assert.Equal(probe.ServerSerials is [var leaf, ..] ? leaf : null, presented?.Labels["serial"]);
                Assert.Equal(presented?.Labels["serial"], row.ServerSerial);
            }
        });
    }

    [BrowserFact]
    public async Task A_state_is_chosen_in_the_address_and_the_back_button_undoes_it()
    {
        await using var view = await stage.Open();
        var all = await view.Rows.CountAsync();

        await view.Page.Locator(".tile.is-refused").ClickAsync();
        await Expect(view.Page).ToHaveURLAsync(new Regex("#/\\?state=refused$"));
        await Expect(view.Page.Locator(".fleet .state.is-healthy")).ToHaveCountAsync(0);
        var refused = await view.Rows.CountAsync();
        Assert.Equal(refused, await view.Page.Locator(".fleet .state.is-refused").CountAsync());
        Assert.InRange(refused, 6, all - 1);

        await view.Page.ReloadAsync();
        await Expect(view.Rows).ToHaveCountAsync(refused);
        await Expect(view.Page.Locator(".tile.is-refused")).ToHaveAttributeAsync("aria-current", "true");

        await view.Page.GoBackAsync();
        await Expect(view.Rows).ToHaveCountAsync(all);
    }

    [BrowserFact]
    public async Task Words_and_labels_narrow_the_list()
    {
        await using var view = await stage.Open();

        await view.Page.GetByRole(AriaRole.Searchbox).FillAsync("refuses-UNKNOWN");
        await Expect(view.Rows).ToHaveCountAsync(1);
        await Expect(view.Page).ToHaveURLAsync(new Regex("q=refuses-UNKNOWN"));
        await Expect(view.Rows.First).ToContainTextAsync("The server does not know the authority that issued the client certificate", new() { IgnoreCase = true });

        await view.Page.GetByRole(AriaRole.Searchbox).FillAsync("no such thing");
        await Expect(view.Page.GetByText("Nothing matches.")).ToBeVisibleAsync();
        await view.Page.GetByRole(AriaRole.Link, new() { Name = "Show all" }).ClickAsync();

        await view.Page.GetByLabel("Label").SelectOptionAsync("team=strangers");
        await Expect(view.Rows).ToHaveCountAsync(1);
        await Expect(view.Rows.First).ToContainTextAsync(HostileServer.Target);
    }

    [BrowserFact]
    public async Task Columns_sort_in_both_directions_and_say_so()
    {
        await using var view = await stage.Open();
        var column = view.Page.Locator("thead th", new() { HasText = "Server certificate" });

        await column.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(column).ToHaveAttributeAsync("aria-sort", "ascending");
        await Expect(view.Rows.First).ToContainTextAsync("server-expired");

        await column.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(column).ToHaveAttributeAsync("aria-sort", "descending");
        await Expect(view.Rows.First).Not.ToContainTextAsync("server-expired");
        await Expect(view.Page).ToHaveURLAsync(new Regex("sort=-server_expiry"));
    }

    [BrowserFact]
    public async Task A_result_older_than_three_intervals_is_called_old()
    {
        await using var view = await stage.Open("#/?target=healthy");
        await Expect(view.Page.Locator(".fleet .is-old")).ToHaveCountAsync(0);

        await view.Page.RouteAsync("**/api/v1/handshakes*", async route =>
        {
            var response = await route.FetchAsync();
            await route.FulfillAsync(new() { Response = response, Body = (await response.TextAsync()).Replace("\"interval\":4", "\"interval\":0.001", StringComparison.Ordinal) });
        });
        await Expect(view.Page.Locator(".fleet .is-old")).ToHaveTextAsync("old");
    }

    /// <summary>The state of a probe that has to be accepted, in the word of the page.</summary>
    private static (string Target, string State) Words(ProbeRecord probe) => (probe.Target, probe switch
    {
        { Success: true } => "healthy",
        { Outcome: "rejected" } => "refused",
        { Outcome: "accepted" } => "faulty",
        _ => probe.Outcome,
    });

    /// <summary>One server renews itself, and one answers in turn; the others do not change.</summary>
    private async Task<IReadOnlyList<ProbeRecord>> Probes()
    {
        var records = Mtlsprobe.Records(await Mtlsprobe.Run("probe", "--all", "--config.file", stage.Configuration, "--output", "json"));
        return [.. records.Where(probe => probe is { Expect: "accept", Target: not ("rotating" or "half-rotated") })];
    }

    /// <summary>A probe of a busy machine can time out, at either side; not again and again.</summary>
    private static async Task Eventually(Func<Task> check)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await check();
                return;
            }
            catch (Xunit.Sdk.XunitException) when (tries < 4)
            {
                // Once more.
            }
        }
    }

    private static async Task<List<Row>> Rows(View view)
    {
        var texts = await view.Page.EvaluateAsync<string[][]>("""
            [...document.querySelectorAll(".fleet tbody tr")].map(row => [
              row.querySelector(".state").textContent, row.querySelector(".name").textContent, row.cells[2].textContent,
              row.cells[4].querySelector("[title].mono")?.title ?? ""])
            """);
        return [.. texts.Select(text => new Row(text[0], text[1], text[2], text[3].Length > 0 ? text[3] : null))];
    }

    private sealed record Row(string State, string Target, string Credential, string? ServerSerial);
}
