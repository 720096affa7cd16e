using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using MtlsProbe.EndToEnd.Harness;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>The fleet at a glance: what the page says, and how a reader finds a target.</summary>
[Collection(StageTests.Name)]
public sealed class OverviewTests(Stage stage)
{
    [BrowserFact]
    public async Task It_agrees_with_the_metrics_and_a_probe_for_each_target()
    {
        await using var view = await stage.Open("#/?limit=500");
        await Eventually(async () =>
        {
            var probes = await Probes();
            var metrics = await stage.Exporter.Scrape();
            await view.Go("#/?limit=500");
            var page = await Rows(view);
            Assert.True(probes.Count > 20);
            foreach (var probe in probes)
            {
                var row = Assert.Single(page, row => row.Target == probe.Target);
                Assert.Contains(probe.Identity == "none" ? "no certificate" : probe.Identity, row.Credentials, StringComparison.Ordinal);
                Assert.Equal(Words(probe), (probe.Target, row.State));
                Assert.Equal(metrics.Value("mtlsprobe_success", ("target", probe.Target), ("identity", probe.Identity), ("slot", "current")), probe.Success ? 1 : 0);
                var presented = metrics.All("mtlsprobe_presented_serial_info", ("target", probe.Target), ("identity", probe.Identity), ("slot", "current"), ("side", "server")).SingleOrDefault();
                Assert.Equal(probe.ServerSerials is [var leaf, ..] ? leaf : null, presented?.Labels["serial"]);
                Assert.Equal(presented?.Labels["serial"], row.ServerSerial);
            }
        });
    }

    [BrowserFact]
    public async Task A_state_is_in_the_address_and_the_back_button_undoes_it()
    {
        await using var view = await stage.Open();
        var all = await view.Rows.CountAsync();

        await view.Page.Locator(".tile.is-refused").ClickAsync();
        await Expect(view.Page).ToHaveURLAsync(new Regex("#/\\?state=refused$"));
        await Expect(view.Page.Locator(".fleet .state.is-healthy")).ToHaveCountAsync(0);
        var refused = await view.Rows.CountAsync();
        Assert.Equal(refused, await view.Page.Locator(".fleet .state.is-refused").CountAsync());
        Assert.InRange(refused, 10, all - 1);

        await view.Page.ReloadAsync();
        await Expect(view.Rows).ToHaveCountAsync(refused);
        await Expect(view.Page.Locator(".tile.is-refused")).ToHaveAttributeAsync("aria-current", "true");

        await view.Page.GoBackAsync();
        await Expect(view.Rows).ToHaveCountAsync(all);
    }

    [BrowserTheory]
    [InlineData("refuses-403", "the server answered with HTTP status 403")]
    [InlineData("refuses-mqtt", "CONNACK 5")]
    [InlineData("refuses-unknown-ca", "alert unknown_ca")]
    [InlineData("healthy-tls12", "the server accepts our certificate")]
    public async Task A_row_says_what_the_server_did(string target, string said)
    {
        await using var view = await stage.Open($"#/?q={target}");
        await Expect(view.Rows.First.Locator(".says")).ToContainTextAsync(said);
    }

    [BrowserFact]
    public async Task A_target_opens_in_place_and_its_address_remembers_it()
    {
        await using var view = await stage.Open("#/?q=not-enforcing");
        await Expect(view.Rows).ToHaveCountAsync(1);
        await Expect(view.Rows.First.Locator(".chip")).ToHaveCountAsync(2);
        var opener = view.Rows.First.Locator(".opener");

        await opener.PressAsync("Enter");
        await Expect(opener).ToHaveAttributeAsync("aria-expanded", "true");
        await Expect(opener).ToBeFocusedAsync();
        await Expect(view.Page.Locator("tr.inside .matrix a")).ToHaveTextAsync([new Regex("^not asked"), new Regex("^let in")]);
        await Expect(view.Page).ToHaveURLAsync(new Regex("open=not-enforcing"));

        await view.Page.ReloadAsync();
        await Expect(view.Page.Locator("tr.inside .matrix a")).ToHaveCountAsync(2);
        await opener.ClickAsync();
        await Expect(view.Page.Locator("tr.inside")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Targets_are_grouped_by_common_properties_and_the_tiles_still_count_targets()
    {
        await using var view = await stage.Open();
        var all = await view.Rows.CountAsync();
        Assert.StartsWith($"{await view.Page.Locator(".tile.is-healthy b").TextContentAsync()} of {all} targets healthy", await view.Heading.TextContentAsync(), StringComparison.Ordinal);

        await view.Page.GetByLabel("Group by").SelectOptionAsync("reason");
        await Expect(view.Page).ToHaveURLAsync(new Regex("group_by=reason"));
        var group = view.Page.Locator(".group", new() { HasText = "refuses-nginx" });
        await Expect(group).ToContainTextAsync("refused the client certificate in its HTTP response");
        await group.Locator(".line .opener").ClickAsync();
        await Expect(group.Locator(".fleet .name")).ToContainTextAsync(["refuses-"]);
        await Expect(group.Locator(".fleet td.says").First).ToHaveCSSAsync("display", "table-cell"); // the table keeps its columns within a group
        var counts = await view.Page.Locator(".group .many b").AllTextContentsAsync();
        Assert.Equal(all, counts.Sum(count => int.Parse(count, System.Globalization.CultureInfo.InvariantCulture)));

        await view.Page.GetByLabel("Group by").SelectOptionAsync("none");
        await Expect(view.Rows).ToHaveCountAsync(all);
    }

    [BrowserFact]
    public async Task Expiring_soon_is_a_separate_state()
    {
        await using var view = await stage.Open();
        await Expect(view.Heading).ToContainTextAsync(new Regex(@" healthy, \d+ with an expired certificate"));
        await view.Page.Locator(".tile.is-expiring").ClickAsync();
        await Expect(view.Page).ToHaveURLAsync(new Regex("expiring=expired%2Ccritical%2Cwarning"));
        await Expect(view.Rows.Filter(new() { HasText = "refuses-expired" }).Locator(".level")).ToHaveTextAsync("expired");
        await Expect(view.Rows).ToHaveCountAsync(int.Parse((await view.Page.Locator(".tile.is-expiring b").TextContentAsync())!, CultureInfo.InvariantCulture));

        await view.Page.RouteAsync("**/api/v1/fleet*", async route =>
        {
            var response = await route.FetchAsync();
            await route.FulfillAsync(new() { Response = response, Body = (await response.TextAsync()).Replace("\"expiring\":null", "\"expiring\":\"warning\"", StringComparison.Ordinal) });
        });
        await view.Follow("#/?target=healthy");
        await Expect(view.Rows.First.Locator(".level")).ToHaveTextAsync("expiring");
        await Expect(view.Rows.First.Locator(".bar.is-warning")).ToHaveCountAsync(2);
    }

    [BrowserFact]
    public async Task A_slash_leads_to_the_search_and_escape_back_to_the_previous_focus()
    {
        await using var view = await stage.Open("#/certificates", new Window(1280, 500));
        await view.Page.Locator(".certificates").WaitForAsync();
        await view.Page.EvaluateAsync("scrollTo(0, 400)");
        await Until(view, "history.state?.scroll === 400");

        await view.Page.Locator(".certificates a").Filter(new() { HasText = "healthy" }).First.EvaluateAsync("link => link.click()");
        await view.Page.Locator(".verdict").WaitForAsync();
        Assert.Equal(0, await view.Page.EvaluateAsync<int>("Math.round(scrollY)"));
        await view.Page.GoBackAsync();
        await view.Page.Locator(".certificates").WaitForAsync();
        await Until(view, "Math.round(scrollY) === 400");

        await view.Page.Keyboard.PressAsync("/");
        await Expect(view.Page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
        await view.Follow("#/access");
        await view.Follow("#/target/healthy");
        await view.Page.Locator(".verdict").WaitForAsync();
        await view.Page.Locator("main h1").FocusAsync();
        await view.Page.Keyboard.PressAsync("/"); // no field on that view: the field of the targets
        await Expect(view.Page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
        await Expect(view.Page).ToHaveURLAsync(new Regex("#/$"));
    }

    [BrowserFact]
    public async Task An_address_that_names_no_view_shows_the_overview()
    {
        foreach (var fragment in (string[])["#/constructor", "#/__proto__", "#/toString/x", "#/nothing"])
        {
            await using var view = await stage.Open(fragment);
            await Expect(view.Rows).Not.ToHaveCountAsync(0);
        }
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
    public async Task A_label_that_the_back_button_removed_can_be_chosen_again()
    {
        await using var view = await stage.Open();
        var field = view.Page.GetByLabel("Label");
        var all = await view.Rows.CountAsync();

        for (var times = 0; times < 2; times++)
        {
            await field.FocusAsync(); // like a user who chooses by hand
            await field.SelectOptionAsync("team=strangers");
            await Expect(view.Rows).ToHaveCountAsync(1);
            await view.Page.GoBackAsync();
            await Expect(field).ToHaveValueAsync("");
            await Expect(view.Rows).ToHaveCountAsync(all);
        }
    }

    [BrowserFact]
    public async Task The_number_of_matches_is_announced_if_the_filter_changed_and_otherwise_not()
    {
        await using var view = await stage.Open("#/?target=nothing-listens&target=server-expired");
        await Rounds(view);
        await Expect(view.Status).ToBeEmptyAsync();

        await view.Page.GetByRole(AriaRole.Searchbox).FillAsync("expired");
        await Expect(view.Status).ToHaveTextAsync(new Regex("^1 of \\d+ targets$"));

        await view.Page.EvaluateAsync("document.getElementById('status').textContent = ''");
        await Rounds(view);
        await Expect(view.Status).ToBeEmptyAsync();

        await view.Follow("#/certificates");
        await view.Page.Locator(".certificates").WaitForAsync();
        await Expect(view.Status).ToBeEmptyAsync(); // another view is announced by its heading
    }

    [BrowserFact]
    public async Task With_the_keyboard_the_focus_stays_on_the_pager_even_at_the_last_page()
    {
        await using var view = await stage.Open("#/?target=nothing-listens&target=server-expired&limit=1");
        var (previous, next) = (view.Page.Locator(".pages > *").Nth(1), view.Page.Locator(".pages > *").Nth(2));
        await Expect(previous).ToHaveAttributeAsync("aria-disabled", "true");

        await next.PressAsync("Enter");
        await Expect(view.Page.Locator(".pages")).ToContainTextAsync("2 – 2 of 2");
        await Expect(next).ToHaveAttributeAsync("aria-disabled", "true");
        await Expect(next).ToBeFocusedAsync();
        await Expect(view.Status).ToHaveTextAsync(new Regex("^2 of \\d+ targets, page 2$"));

        await next.PressAsync("Enter");
        await Expect(view.Page).ToHaveURLAsync(new Regex("page=2"));

        await previous.PressAsync("Enter");
        await Expect(view.Page.Locator(".pages")).ToContainTextAsync("1 – 1 of 2");
        await Expect(previous).ToHaveAttributeAsync("aria-disabled", "true");
        await Expect(previous).ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task Removing_a_filter_with_the_keyboard_moves_the_focus_to_the_next()
    {
        await using var view = await stage.Open("#/?target=nothing-listens&target=server-expired&identity=checkout");
        var chips = view.Page.Locator(".tools a.tag");
        await Expect(chips).ToHaveCountAsync(3);

        await chips.First.PressAsync("Enter");
        await Expect(chips).ToHaveCountAsync(2);
        await Expect(chips.First).ToContainTextAsync("target: server-expired");
        await Expect(chips.First).ToBeFocusedAsync();
        await Expect(view.Status).ToHaveTextAsync(new Regex("^1 of \\d+ targets$"));

        await chips.Last.PressAsync("Enter");
        await Expect(chips).ToHaveCountAsync(1);
        await Expect(view.Page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task A_filter_that_is_chosen_before_the_previous_answers_have_arrived_is_added_to_the_other()
    {
        await using var view = await stage.Open();
        var answer = await view.Hold("**/api/v1/fleet?*");

        await view.Page.Locator(".tile.is-refused").ClickAsync();
        await view.Page.GetByLabel("Label").SelectOptionAsync("team=strangers");
        await Expect(view.Page).ToHaveURLAsync(new Regex("#/\\?state=refused&label=team%3Dstrangers$"));

        answer.SetResult();
        await Expect(view.Rows).ToHaveCountAsync(1);
        await Expect(view.Rows.First).ToContainTextAsync(HostileServer.Target);
    }

    [BrowserFact]
    public async Task Columns_sort_in_both_directions_and_announce_it()
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

        await view.Page.RouteAsync("**/api/v1/fleet*", async route =>
        {
            var response = await route.FetchAsync();
            await route.FulfillAsync(new() { Response = response, Body = (await response.TextAsync()).Replace("\"old\":false", "\"old\":true", StringComparison.Ordinal) });
        });
        await Expect(view.Page.Locator(".fleet .is-old")).ToHaveTextAsync("old");
    }

    [BrowserFact]
    public async Task If_results_are_old_the_headline_says_how_things_were()
    {
        await using var view = await stage.Open();
        await Expect(view.Heading).Not.ToContainTextAsync("when last probed");

        await view.Page.RouteAsync("**/api/v1/summary", async route =>
        {
            var response = await route.FetchAsync();
            await route.FulfillAsync(new() { Response = response, Body = (await response.TextAsync()).Replace("\"old\":0", "\"old\":2", StringComparison.Ordinal) });
        });
        await Expect(view.Heading).ToContainTextAsync("when last probed");
        await Expect(view.Page.Locator(".notice")).ToContainTextAsync("The last results of 2 handshakes are older than three intervals");
    }

    [BrowserFact]
    public async Task Repeated_filters_stay_and_can_be_removed_one_by_one()
    {
        await using var view = await stage.Open("#/?target=nothing-listens&target=server-no-intermediate&target=server-expired");
        var chips = view.Page.Locator(".tools a.tag");
        await Expect(view.Rows).ToHaveCountAsync(3);
        await Expect(chips).ToHaveCountAsync(3);

        await view.Page.Locator("thead th", new() { HasText = "Server certificate" }).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(view.Rows.First).ToContainTextAsync("server-expired");
        await Expect(view.Rows).ToHaveCountAsync(3);

        await chips.Filter(new() { HasText = "server-expired" }).ClickAsync();
        await Expect(view.Rows).ToHaveCountAsync(2);
        await Expect(chips).ToHaveCountAsync(2);
    }

    [BrowserFact]
    public async Task A_label_that_the_field_does_not_offer_can_be_removed()
    {
        await using var view = await stage.Open("#/?label=team%3Dstrangers&label=no%3Dsuch");
        await Expect(view.Page.GetByText("Nothing matches.")).ToBeVisibleAsync();
        await Expect(view.Page.GetByLabel("Label")).ToHaveValueAsync("team=strangers");

        var chip = view.Page.Locator(".tools a.tag");
        await Expect(chip).ToContainTextAsync("label: no=such");
        await chip.ClickAsync();
        await Expect(view.Rows).ToHaveCountAsync(1);
        await Expect(chip).ToHaveCountAsync(0);

        await view.Page.GetByLabel("Label").SelectOptionAsync("");
        await Expect(view.Page).ToHaveURLAsync(new Regex("#/$"));
    }

    [BrowserFact]
    public async Task A_search_with_too_many_words_is_not_sent()
    {
        await using var view = await stage.Open("#/?q=healthy");
        await view.Page.GetByRole(AriaRole.Searchbox).FillAsync("1 2 3 4 5 6 7 8 9");
        await Expect(view.Page.Locator("#search:invalid")).ToHaveCountAsync(1);
        await Expect(view.Page).ToHaveURLAsync(new Regex("q=healthy$"));

        await view.Page.GetByRole(AriaRole.Searchbox).FillAsync("refuses-unknown unknown");
        await Expect(view.Page).ToHaveURLAsync(new Regex("q=refuses-unknown"));
        await Expect(view.Rows).ToHaveCountAsync(1);
    }

    [BrowserFact]
    public async Task An_error_answer_is_shown_as_such()
    {
        await using var view = await stage.Open();
        view.MayBeRefused = true;

        await view.Page.RouteAsync("**/api/v1/**", route => route.FulfillAsync(new() { Status = 502, ContentType = "text/html", Body = "<h1>Bad gateway</h1>" }));
        await Expect(view.Page.Locator("#notices")).ToContainTextAsync("Every answer has been status 502 since");
        await Expect(view.Page.Locator("#notices")).Not.ToContainTextAsync("Bad gateway");
        await Expect(view.Page.Locator(".live")).ToHaveTextAsync("Status 502");
        await Expect(view.Status).ToContainTextAsync("The answer is status 502.");
    }

    [BrowserFact]
    public async Task A_proxy_that_answers_not_found_is_not_taken_for_the_exporter()
    {
        foreach (var status in (int[])[404, 400])
        {
            await using var view = await stage.Open();
            var title = await view.Heading.TextContentAsync();
            view.MayBeRefused = true;

            await view.Page.RouteAsync("**/api/v1/**", route => route.FulfillAsync(new() { Status = status, ContentType = "text/html", Body = "<h1>No such route</h1>" }));
            await Expect(view.Page.Locator(".live")).ToHaveTextAsync($"Status {status}");
            await Expect(view.Page.Locator("#notices")).ToContainTextAsync($"Every answer has been status {status} since");
            await Expect(view.Heading).ToHaveTextAsync(title!);
            await Expect(view.Page.Locator("main")).ToHaveClassAsync(new Regex("is-frozen"));
        }
    }

    /// <summary>Polls from the test: the page's policy forbids polling inside the page, which evaluates text.</summary>
    private static async Task Until(View view, string condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await view.Page.EvaluateAsync<bool>(condition)) await Task.Delay(50, deadline.Token);
    }

    /// <summary>Waits until the page has requested the data and drawn the answers.</summary>
    private static async Task Rounds(View view)
    {
        for (var round = 0; round < 2; round++) await view.Page.WaitForResponseAsync(response => response.Url.Contains("/api/v1/fleet", StringComparison.Ordinal));
    }

    /// <summary>The state of a probe that must be accepted, in the word of the page.</summary>
    private static (string Target, string State) Words(ProbeRecord probe) => (probe.Target, probe switch
    {
        { Success: true } => "healthy",
        { Outcome: "rejected" } => "refused",
        { Reason: "not_requested" } => "not asked",
        { Outcome: "accepted" } => "unexpected",
        _ => probe.Outcome,
    });

    /// <summary>The targets with one handshake. Two servers renew themselves, and one alternates; the others do not change.</summary>
    private async Task<IReadOnlyList<ProbeRecord>> Probes()
    {
        var records = Mtlsprobe.Records(await Mtlsprobe.Run("probe", "--all", "--config.file", stage.Configuration, "--output", "json"));
        return [.. records.GroupBy(probe => probe.Target).Where(target => target.Count() == 1).Select(target => target.Single()).Where(probe => probe is { Expect: "accept", Target: not ("rotating" or "half-rotated" or "mesh-wrong-id") })];
    }

    /// <summary>A probe on a busy machine can time out, on either side, but not again and again.</summary>
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
                // Try again.
            }
        }
    }

    private static async Task<List<Row>> Rows(View view)
    {
        var texts = await view.Page.EvaluateAsync<string[][]>("""
            [...document.querySelectorAll(".fleet > tbody > tr.target")].map(row => [
              row.querySelector(".state").textContent, row.querySelector(".name").textContent, row.cells[3].textContent,
              row.cells[4].querySelector("[title].mono")?.title ?? ""])
            """);
        return [.. texts.Select(text => new Row(text[0], text[1], text[2], text[3].Length > 0 ? text[3] : null))];
    }

    private sealed record Row(string State, string Target, string Credentials, string? ServerSerial);
}
