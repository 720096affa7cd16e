using System.Globalization;
using Microsoft.Playwright;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>How the page keeps up with the exporter: cheaply, only while somebody looks, and honestly when it is gone.</summary>
[Collection(StageTests.Name)]
public sealed class PollingTests(Stage stage)
{
    private const int Many = 10_000;

    [BrowserFact]
    public async Task It_says_when_the_exporter_is_gone_and_when_it_is_back()
    {
        using var workspace = new Workspace("page-gone");
        var configuration = Configuration(workspace, 1);
        var port = Ports.Free();
        var exporter = await Serve(configuration, port);
        await using var view = await stage.Browser.Open(port);
        view.ExporterMayBeGone = true;
        await Expect(view.Page.Locator(".live")).ToContainTextAsync("Live");

        await exporter.DisposeAsync();
        await Expect(view.Page.Locator(".live")).ToHaveTextAsync("No answer");
        await Expect(view.Page.Locator(".notice")).ToContainTextAsync("The exporter has not answered since");
        await Expect(view.Page.Locator(".notice")).ToContainTextAsync("What you see is of");
        await Expect(view.Status).ToContainTextAsync("does not answer");
        await Expect(view.Rows).ToHaveCountAsync(1);

        await using var again = await Serve(configuration, port);
        await Expect(view.Page.Locator(".live")).ToContainTextAsync("Live");
        await Expect(view.Page.Locator(".notice")).ToHaveCountAsync(0);
        await Expect(view.Status).ToHaveTextAsync("The exporter answers again.");
    }

    [BrowserFact]
    public async Task Ten_thousand_targets_stay_usable_and_cost_nothing_while_nothing_changes_or_nobody_looks()
    {
        using var workspace = new Workspace("page-many");
        await using var exporter = await Exporter.Start(Configuration(workspace, Many));
        await exporter.Ready();
        await using var view = await stage.Browser.Open(exporter.Port);
        await Expect(view.Page.GetByText("10,000 of 10,000 handshakes")).ToBeVisibleAsync();
        await Expect(view.Rows).ToHaveCountAsync(100);

        await view.Page.GetByRole(AriaRole.Link, new() { Name = "Next" }).ClickAsync();
        await Expect(view.Page.GetByText("101 – 200 of 10,000")).ToBeVisibleAsync();
        await view.Page.GetByRole(AriaRole.Searchbox).FillAsync("t-09999");
        await Expect(view.Rows).ToHaveCountAsync(1);

        // All has been probed, and the next round is far away: nothing changes.
        var polls = new List<int>();
        view.Page.Response += (_, response) => { lock (polls) polls.Add(response.Status); };
        await Until(() => { lock (polls) return polls.Count >= 2; });
        lock (polls) Assert.All(polls, status => Assert.Equal(304, status));

        await view.Page.Clock.InstallAsync();
        await Hide(view, true);
        await Expect(view.Page.Locator(".live")).ToHaveTextAsync("Paused");
        lock (polls) polls.Clear();
        await view.Page.Clock.RunForAsync(120_000);
        lock (polls) Assert.Empty(polls);

        await Hide(view, false);
        await Until(() => { lock (polls) return polls.Count > 0; });
        await Expect(view.Page.Locator(".live")).ToContainTextAsync("Live");
    }

    private static async Task Until(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition()) await Task.Delay(50, deadline.Token);
    }

    /// <summary>As when its tab goes behind another: without a window there is no other.</summary>
    private static async Task Hide(View view, bool hidden) => await view.Page.EvaluateAsync($$"""
        Object.defineProperty(document, "hidden", { configurable: true, get: () => {{(hidden ? "true" : "false")}} });
        document.dispatchEvent(new Event("visibilitychange"));
        """);

    /// <summary>Targets that refuse the connection, which is the cheapest result there is.</summary>
    private static string Configuration(Workspace workspace, int count)
    {
        var port = Ports.Free();
        return new ConfigFile(new PkiFiles(workspace, TestPki.Shared), [.. Enumerable.Range(0, count).Select(i => new TargetEntry(string.Create(CultureInfo.InvariantCulture, $"t-{i:00000}"), port))])
        {
            Interval = count > 1 ? "1h" : "2s",
            Timeout = "1s",
        }.WriteTo(workspace);
    }

    private static async Task<ChildProcess> Serve(string configuration, int port)
    {
        var process = Mtlsprobe.Start(["serve", "--config.file", configuration, "--web.listen-address", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")]);
        await process.ListensOn(port);
        return process;
    }
}
