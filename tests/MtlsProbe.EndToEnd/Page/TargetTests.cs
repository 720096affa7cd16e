using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>Everything about one target.</summary>
[Collection(StageTests.Name)]
public sealed class TargetTests(Stage stage)
{
    [BrowserFact]
    public async Task A_refusal_is_explained_in_sentences_with_advice()
    {
        await using var view = await stage.Open("#/target/refuses-unknown-ca");
        var verdict = view.Page.Locator(".verdict");

        await Expect(view.Heading).ToHaveTextAsync("refuses-unknown-ca");
        await Expect(verdict).ToContainTextAsync("the server does not know the authority that issued the client certificate");
        await Expect(verdict).ToContainTextAsync("the server does not trust us");
        await Expect(verdict).ToContainTextAsync("Add the issuing root to the server's client trust store");
        await Expect(verdict).ToContainTextAsync("alert unknown_ca (48)");
        await Expect(verdict.Locator(".todo").GetByRole(AriaRole.Link)).ToHaveAttributeAsync("href", "#/runbook/MtlsProbeCredentialRefused");
        await Expect(verdict.GetByRole(AriaRole.Link, new() { Name = "explained" })).ToHaveAttributeAsync("href", new Regex("^https://.*reasons.md#client_certificate-unknown_ca$"));

        var chain = view.Page.Locator(".tree > li");
        await Expect(chain).ToContainTextAsync("CN=refuses-unknown-ca.demo.test");
        await Expect(chain.Locator("li li")).ToContainTextAsync("CN=Demo Root");
        await Expect(chain.Locator("li li .tag")).ToHaveTextAsync("trust anchor");
        await Expect(view.Page.GetByText("Our chain does not lead to any that it named.")).ToBeVisibleAsync();
        await Expect(view.Page.Locator(".issuers")).ToContainTextAsync("CN=Foreign Root");
        await Expect(view.Page.Locator(".waterfall .is-here")).ToContainTextAsync("confirm");
    }

    [BrowserFact]
    public async Task A_gap_in_the_chain_is_drawn_at_its_place()
    {
        await using var view = await stage.Open("#/target/server-no-intermediate");

        await Expect(view.Page.Locator(".tree .is-gap")).ToContainTextAsync("CN=Demo Servers");
        await Expect(view.Page.Locator(".state", new() { HasText = "a chain we do not trust" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task New_results_appear_while_the_page_is_open_and_nothing_jumps()
    {
        await using var view = await stage.Open("#/target/healthy-tls12");
        var list = view.Page.Locator("details", new() { HasText = "As a list" });
        await list.Locator("summary").ClickAsync();
        await view.Page.EvaluateAsync("scrollTo(0, 150)");
        await list.Locator("summary").FocusAsync();
        var marks = await view.Page.Locator(".timeline i").CountAsync();

        await Expect(view.Page.Locator(".timeline i").Nth(marks)).ToBeAttachedAsync();

        Assert.NotNull(await list.GetAttributeAsync("open"));
        Assert.Equal(150, await view.Page.EvaluateAsync<int>("Math.round(scrollY)"));
        await Expect(list.Locator("summary")).ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task The_handshakes_of_a_target_are_side_by_side_and_each_leads_to_its_verdict()
    {
        await using var view = await stage.Open("#/target/not-enforcing");
        var cells = view.Page.Locator(".matrix tbody a");

        await Expect(cells).ToHaveTextAsync([new Regex("^not asked"), new Regex("^let in")]);
        await Expect(view.Page.Locator(".verdict")).ToContainTextAsync("which it must refuse"); // the worst first
        await cells.First.ClickAsync();
        await Expect(view.Page.Locator(".verdict")).ToContainTextAsync("mTLS is not enforced");
        await Expect(view.Page).ToHaveURLAsync(new Regex("identity=checkout"));
    }

    [BrowserFact]
    public async Task The_worst_handshake_is_requested_at_once_and_again_at_the_next_visit()
    {
        await using var view = await stage.Open();
        var details = view.Requests("/api/v1/targets/not-enforcing");
        var verdict = view.Page.Locator(".verdict");

        await view.Follow("#/target/not-enforcing");
        await Expect(verdict).ToContainTextAsync("which it must refuse");
        Assert.Contains("expect=reject", details.First().Url, StringComparison.Ordinal);

        await view.Page.Locator(".matrix tbody a").First.ClickAsync();
        await Expect(verdict).ToContainTextAsync("mTLS is not enforced");
        await view.Follow("#/");
        await view.Rows.First.WaitForAsync();
        details.Clear();
        await view.Follow("#/target/not-enforcing");
        await Expect(verdict).ToContainTextAsync("which it must refuse");
        Assert.Contains("expect=reject", details.First().Url, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task The_selected_handshake_stays_when_another_one_becomes_the_worst()
    {
        await using var view = await stage.Open("#/target/not-enforcing");
        await view.Page.RouteAsync("**/api/v1/handshakes?*", async route =>
        {
            var response = await route.FetchAsync();
            await route.FulfillAsync(new() { Response = response, Body = (await response.TextAsync()).Replace("\"state\":\"not_requested\"", "\"state\":\"refused\"", StringComparison.Ordinal) });
        });
        var details = view.Requests("/api/v1/targets/not-enforcing");

        await Expect(view.Page.Locator(".matrix tbody a").First).ToContainTextAsync("refused");

        await Expect(view.Page.Locator(".verdict")).ToContainTextAsync("which it must refuse");
        Assert.All(details, request => Assert.Contains("expect=reject", request.Url, StringComparison.Ordinal));
    }

    [BrowserFact]
    public async Task While_an_answer_is_pending_nothing_of_the_previous_target_is_shown()
    {
        await using var view = await stage.Open("#/target/healthy");
        var main = view.Page.Locator("main");
        var answer = await view.Hold("**/api/v1/handshakes?target=server-expired&*");

        await view.Follow("#/target/server-expired");
        await Expect(view.Heading).ToHaveTextAsync("server-expired");
        await Expect(view.Heading).ToBeFocusedAsync();
        await Expect(main).ToHaveAttributeAsync("aria-busy", "true");
        await Expect(main.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);

        answer.SetResult();
        await Expect(view.Page.Locator(".verdict")).ToBeVisibleAsync();
        await Expect(view.Heading).ToBeFocusedAsync();
        await Expect(main).ToHaveAttributeAsync("aria-busy", "false");
    }

    [BrowserFact]
    public async Task A_superseded_request_does_not_move_the_focus()
    {
        await using var view = await stage.Open("#/target/healthy");
        var givenUp = new TaskCompletionSource();
        view.Page.RequestFailed += (_, _) => givenUp.TrySetResult();
        var answer = await view.Hold("**/api/v1/handshakes?target=server-expired&*");
        var elsewhere = view.Page.Locator(".places a").Last;

        await view.Follow("#/target/server-expired");
        await Expect(view.Heading).ToHaveTextAsync("server-expired");
        await elsewhere.FocusAsync();
        await view.Page.EvaluateAsync("document.dispatchEvent(new Event('visibilitychange'))"); // as when its tab comes to the front
        await givenUp.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await Expect(elsewhere).ToBeFocusedAsync();

        answer.SetResult();
        await Expect(view.Page.Locator(".verdict")).ToBeVisibleAsync();
        await Expect(elsewhere).ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task A_probe_is_made_now_and_not_again_at_once()
    {
        await using var view = await stage.Open("#/target/nothing-listens");
        var button = view.Page.GetByRole(AriaRole.Button, new() { Name = "Probe now" });
        var before = await Probed(view);

        await button.ClickAsync();
        await Expect(view.Status).ToHaveTextAsync("Target nothing-listens. Probed just now: failed.");
        Assert.NotEqual(before, await Probed(view));

        view.MayBeRefused = true;
        await button.ClickAsync();
        await Expect(view.Page.Locator("#probed")).Not.ToContainTextAsync("Probed just now");
        await Expect(view.Page.Locator("#probed")).Not.ToBeEmptyAsync();
    }

    [BrowserFact]
    public async Task A_failed_request_for_a_probe_is_not_reported_as_made()
    {
        await using var view = await stage.Open("#/target/server-expired");
        await view.Page.RouteAsync("**/probe", async route =>
        {
            var response = await route.FetchAsync();
            await route.FulfillAsync(new() { Status = 202, ContentType = "application/json", Body = (await response.TextAsync()).Replace("\"note\":null", "\"note\":\"No probe is planned yet.\"", StringComparison.Ordinal) });
        });

        await view.Page.GetByRole(AriaRole.Button, new() { Name = "Probe now" }).ClickAsync();

        await Expect(view.Status).ToHaveTextAsync("Target server-expired. No probe is planned yet.");
    }

    [BrowserFact]
    public async Task A_finished_probe_does_not_bring_back_a_reader_who_has_moved_on()
    {
        await using var view = await stage.Open("#/target/healthy");
        var probed = new TaskCompletionSource();
        await view.Page.RouteAsync("**/probe", async route =>
        {
            await probed.Task;
            await route.FulfillAsync(new() { ContentType = "application/json", Body = """{"state":"healthy","note":null}""" });
        });
        var requests = view.Requests("/api/v1/handshakes?target=server-expired&");
        var answer = await view.Hold("**/api/v1/handshakes?target=server-expired&*");

        await view.Page.GetByRole(AriaRole.Button, new() { Name = "Probe now" }).ClickAsync();
        await view.Follow("#/target/server-expired");
        await Expect(view.Heading).ToHaveTextAsync("server-expired");
        probed.SetResult();
        await Expect(view.Status).ToHaveTextAsync("Target healthy. Probed just now: healthy.");
        Assert.Null(Assert.Single(requests).Failure);

        answer.SetResult();
        await Expect(view.Page.Locator(".verdict")).ToBeVisibleAsync();
        await Expect(view.Page.Locator("#probed")).ToBeEmptyAsync();
        await Expect(view.Page.GetByRole(AriaRole.Button, new() { Name = "Probe now" })).Not.ToHaveAttributeAsync("aria-disabled", "true");
    }

    [BrowserFact]
    public async Task Commands_can_be_copied_and_work_unchanged()
    {
        await using var view = await stage.Open("#/target/healthy");
        var command = view.Page.Locator(".command", new() { HasText = "This handshake alone" });
        await view.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);

        await command.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(command.GetByRole(AriaRole.Button)).ToContainTextAsync("Copied");
        var copied = await view.Page.EvaluateAsync<string>("navigator.clipboard.readText()");

        Assert.Equal(await command.Locator("pre").TextContentAsync(), copied);
        Assert.StartsWith("mtlsprobe probe 127.0.0.1:", copied, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task An_unknown_target_is_reported_as_such()
    {
        await using var view = await stage.Open("#/target/healthy");
        view.MayBeRefused = true;

        await view.Follow("#/target/%3Cb%3Enobody");

        await Expect(view.Heading).ToHaveTextAsync("Not found");
        await Expect(view.Page.Locator("main b")).ToHaveCountAsync(0);
        await view.Go("#/target/nobody");
        await Expect(view.Page.Locator(".live")).ToContainTextAsync("Live"); // the exporter has answered
    }

    private static Task<string?> Probed(View view) => view.Page.Locator(".verdict time").First.GetAttributeAsync("datetime");
}
