using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>How the page polls the exporter: cheaply, only while it is visible, and with an honest message when the exporter is gone.</summary>
public sealed class PollingTests : IAsyncLifetime
{
    private const int Many = 10_000;

    private readonly Workspace _workspace = new("page");
    private Chromium _browser = null!;

    public async Task InitializeAsync()
    {
        if (Chromium.Missing is null) _browser = await Chromium.Share();
    }

    public async Task DisposeAsync()
    {
        if (Chromium.Missing is null) await _browser.DisposeAsync();
        _workspace.Dispose();
    }

    [BrowserFact]
    public async Task It_says_when_the_exporter_is_gone_and_when_it_is_back()
    {
        var configuration = Configuration(1);
        var port = Ports.Free();
        var exporter = await Serve(configuration, port);
        await using var view = await _browser.Open(port);
        view.ExporterMayBeGone = true;
        await Expect(view.Page.Locator(".live")).ToContainTextAsync("Live");

        await exporter.DisposeAsync();
        await Expect(view.Page.Locator(".live")).ToHaveTextAsync("No answer");
        await Expect(view.Page.Locator(".notice")).ToContainTextAsync("The exporter has not answered since");
        await Expect(view.Page.Locator(".notice")).ToContainTextAsync("What you see is from");
        await Expect(view.Status).ToContainTextAsync("does not answer");
        await Expect(view.Rows).ToHaveCountAsync(1);

        await using var again = await Serve(configuration, port);
        await Expect(view.Page.Locator(".live")).ToContainTextAsync("Live");
        await Expect(view.Page.Locator(".notice")).ToHaveCountAsync(0);
        await Expect(view.Status).ToHaveTextAsync("The exporter answers again.");
    }

    [BrowserFact]
    public async Task While_the_exporter_is_gone_no_view_shows_the_data_of_another()
    {
        var configuration = Configuration(2);
        var port = Ports.Free();
        var exporter = await Serve(configuration, port);
        await using var view = await _browser.Open(port, "#/target/t-00000");
        var main = view.Page.Locator("main");
        view.ExporterMayBeGone = true;
        await Expect(main.GetByRole(AriaRole.Button, new() { Name = "Probe now" })).ToBeVisibleAsync();

        await exporter.DisposeAsync();
        await Expect(view.Page.Locator(".live")).ToHaveTextAsync("No answer");
        await view.Follow("#/target/t-00001");

        await Expect(view.Heading).ToHaveTextAsync("t-00001");
        await Expect(view.Heading).ToBeFocusedAsync();
        await Expect(main).ToContainTextAsync("There is no answer yet.");
        await Expect(main).ToHaveClassAsync(new Regex("is-frozen"));
        await Expect(main.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await Expect(view.Page.Locator(".notice")).Not.ToContainTextAsync("What you see is from");

        await using var again = await Serve(configuration, port);
        await Expect(main.GetByRole(AriaRole.Button, new() { Name = "Probe now" })).ToBeVisibleAsync();
        await Expect(view.Heading).ToBeFocusedAsync();
        await Expect(main).Not.ToHaveClassAsync(new Regex("is-frozen"));
    }

    [BrowserFact]
    public async Task It_costs_almost_nothing_while_nothing_changes_and_nothing_while_it_is_hidden()
    {
        await using var exporter = await Exporter.Start(Configuration(1));
        await exporter.Ready();
        await using var view = await _browser.Open(exporter.Port);
        await view.Page.Clock.InstallAsync(); // from the next page on
        await view.Go("");
        var polls = new ConcurrentQueue<int>();
        view.Page.Response += (_, response) => polls.Enqueue(response.Status);

        await Until(() => polls.Count >= 4);
        Assert.All(polls, status => Assert.Equal(304, status));

        await Hide(view, true);
        await Expect(view.Page.Locator(".live")).ToHaveTextAsync("Paused");
        polls.Clear();
        await view.Page.Clock.RunForAsync(120_000);
        Assert.Empty(polls);

        await Hide(view, false);
        await Until(() => !polls.IsEmpty);
        await Expect(view.Page.Locator(".live")).ToContainTextAsync("Live");
    }

    [BrowserFact]
    public async Task Ten_thousand_targets_are_loaded_a_page_at_a_time_and_found_by_name()
    {
        await using var exporter = await Exporter.Start(Configuration(Many));
        await exporter.Ready();
        await using var view = await _browser.Open(exporter.Port);
        var group = view.Page.Locator(".group", new() { HasText = "nothing listens on this port" });
        await Expect(group.Locator(".many b")).ToHaveTextAsync("10,000"); // one cause, one line
        await Expect(view.Page.Locator(".tile.is-failed b")).ToHaveTextAsync("10,000");

        await group.Locator(".line .opener").ClickAsync();
        await Expect(view.Rows).ToHaveCountAsync(20);
        await view.Page.GetByRole(AriaRole.Link, new() { Name = "All 10,000 targets" }).ClickAsync();
        await Expect(view.Page.GetByText("1 – 100 of 10,000")).ToBeVisibleAsync();
        await view.Page.GetByRole(AriaRole.Link, new() { Name = "Last" }).ClickAsync();
        await Expect(view.Page.GetByText("9,901 – 10,000 of 10,000")).ToBeVisibleAsync();
        await view.Page.GetByRole(AriaRole.Searchbox).FillAsync("t-09999");
        await Expect(view.Rows).ToHaveCountAsync(1);
        await Expect(view.Page).ToHaveURLAsync(new Regex("q=t-09999"));
        await Expect(view.Page).Not.ToHaveURLAsync(new Regex("page=")); // and so from the first page again
    }

    [BrowserFact]
    public async Task A_fleet_of_any_size_is_summarized_in_few_lines()
    {
        var configuration = Configuration(3000);
        await using var exporter = await Exporter.Start(configuration);
        await using var view = await _browser.Open(exporter.Port);
        var many = view.Page.Locator(".group .many b");
        await Expect(many).ToHaveTextAsync(["3,000"]);

        Configuration(38);
        await Expect(many).ToHaveTextAsync(["38"]);
        Configuration(1);
        await Expect(view.Heading).ToHaveTextAsync("0 of 1 target healthy");
        await Expect(view.Rows).ToHaveCountAsync(1);
        await File.WriteAllTextAsync(configuration, "targets: []\n");
        await Expect(view.Heading).ToHaveTextAsync("No targets");
        await Expect(view.Page.Locator(".empty")).ToContainTextAsync("The configuration names no targets");
    }

    private static async Task Until(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition()) await Task.Delay(50, deadline.Token);
    }

    /// <summary>Like a tab behind another one; a browser without a window has no other tab.</summary>
    private static async Task Hide(View view, bool hidden) => await view.Page.EvaluateAsync($$"""
        Object.defineProperty(document, "hidden", { configurable: true, get: () => {{(hidden ? "true" : "false")}} });
        document.dispatchEvent(new Event("visibilitychange"));
        """);

    /// <summary>Targets that refuse the connection, which is the cheapest result.</summary>
    private string Configuration(int count)
    {
        var port = Ports.Free();
        return new ConfigFile(new PkiFiles(_workspace, TestPki.Shared), [.. Enumerable.Range(0, count).Select(i => new TargetEntry(string.Create(CultureInfo.InvariantCulture, $"t-{i:00000}"), port))])
        {
            Interval = "1h",
            Timeout = "1s",
        }.WriteTo(_workspace);
    }

    private static async Task<ChildProcess> Serve(string configuration, int port)
    {
        var process = Mtlsprobe.Start(["serve", "--config.file", configuration, "--web.listen-address", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")]);
        await process.ListensOn(port);
        return process;
    }
}
