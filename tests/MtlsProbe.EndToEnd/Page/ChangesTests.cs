using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using static Microsoft.Playwright.Assertions;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>The page of changes, for a reader who comes late: it includes a removed target, and changes from before the process was killed.</summary>
public sealed class ChangesTests : IAsyncLifetime
{
    private readonly Workspace _workspace = new("changes");
    private readonly int _port = Ports.Free();
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
    public async Task The_history_of_the_fleet_continues_after_a_process_was_killed()
    {
        var configuration = Configuration(2);
        var folder = Path.Combine(Path.GetDirectoryName(configuration)!, "feed");
        var process = await Serve(configuration, folder);
        await using var view = await _browser.Open(_port, "#/changes");
        view.ExporterMayBeGone = view.MayBeRefused = true;
        var events = view.Page.Locator(".event");
        await Expect(events).ToContainTextAsync(["started with 2 targets"]);
        await Expect(view.Page.GetByText($"They are saved in {folder}")).ToBeVisibleAsync();

        // A target is removed.
        Configuration(1);
        await Expect(events.Filter(new() { HasText = "was removed from the configuration" })).ToHaveCountAsync(1);
        await view.Follow("#/target/t-00001");
        await Expect(view.Heading).ToHaveTextAsync("Not found");
        await Expect(view.Page.Locator("main")).ToContainTextAsync("restore it in the configuration file");
        await Expect(events).ToContainTextAsync(["was removed from the configuration"]);

        // A file is refused: the page says what is wrong, where, and which configuration is in use.
        await File.WriteAllTextAsync(configuration, (await File.ReadAllTextAsync(configuration)).Replace(" address:", " adress:", StringComparison.Ordinal));
        await view.Follow("#/");
        var notice = view.Page.Locator(".notice", new() { HasText = "The configuration file has been refused since" });
        await Expect(notice.Locator(".mistakes")).ToContainTextAsync(new Regex(@":\d+:\d+: .*adress"));
        await Expect(notice).ToContainTextAsync(new Regex(@"unknown key\. Hint: did you mean address\?\s*[^.]"));
        await Expect(notice).ToContainTextAsync("stays in use");
        await Expect(view.Heading).ToHaveTextAsync("0 of 1 target healthy");

        // The process is killed, as by the kernel when memory is short, and started again.
        await view.Follow("#/changes?q=removed");
        await Expect(events).ToHaveCountAsync(2); // of the configuration, and of the target
        await process.Signal("KILL");
        await process.Exit(TimeSpan.FromSeconds(60));
        Configuration(1);
        await using var again = await Serve(configuration, folder);
        await Expect(view.Page.Locator(".live")).ToContainTextAsync("Live");
        await view.Follow("#/changes");
        await Expect(events.Filter(new() { HasText = "was removed from the configuration" })).ToHaveCountAsync(1);
        await Expect(events.Filter(new() { HasText = "MtlsProbe" }).Filter(new() { HasText = "started with" })).ToHaveCountAsync(2);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "events.jsonl")));

        // Each moment has an address, which leads to all changes up to it.
        var told = await events.CountAsync();
        await view.Page.GetByRole(AriaRole.Link, new() { Name = "Link to this moment" }).ClickAsync();
        await Expect(view.Page).ToHaveURLAsync(new Regex("until=2\\d{3}-"));
        await Expect(events).ToHaveCountAsync(told);
    }

    [BrowserFact]
    public async Task A_runbook_is_readable_beside_the_verdict_and_its_links_work()
    {
        var configuration = Configuration(1, "web: { links: { prometheus: \"https://prometheus.test\", grafana: \"https://grafana.test/\" } }\n");
        await using var process = await Serve(configuration, null);
        await using var view = await _browser.Open(_port, "#/target/t-00000");
        await Expect(view.Page.GetByRole(AriaRole.Link, new() { Name = "In Prometheus" })).ToHaveAttributeAsync("href", new Regex("^https://prometheus.test/graph\\?g0.expr=mtlsprobe_success"));
        await Expect(view.Page.GetByRole(AriaRole.Link, new() { Name = "In Grafana" })).ToHaveAttributeAsync("href", "https://grafana.test/d/mtlsprobe-service?var-service=t-00000");

        await view.Page.Locator(".todo").GetByRole(AriaRole.Link).ClickAsync();
        await Expect(view.Heading).ToHaveTextAsync("MtlsProbeTargetUnreachable");
        await Expect(view.Page.GetByRole(AriaRole.Heading, new() { Name = "Mitigation" })).ToBeVisibleAsync();
        await Expect(view.Page.Locator(".runbook .command pre").First).ToContainTextAsync("mtlsprobe");

        await view.Follow("#/runbook/MtlsProbeCredentialRefused");
        await Expect(view.Page.Locator(".runbook tr", new() { HasText = "unknown_ca" }).Locator("td").First).ToContainTextAsync("issuer not in the server's trust store");
        await Expect(view.Page.Locator(".runbook em")).ToContainTextAsync(["What the server asked for"]);

        await view.Follow("#/changes");
        await Expect(view.Page.GetByText("in memory only")).ToBeVisibleAsync();
    }

    private async Task<ChildProcess> Serve(string configuration, string? folder)
    {
        var process = Mtlsprobe.Start(["serve", "--config.file", configuration, "--web.listen-address", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}"), .. folder is null ? [] : (string[])["--storage.path", folder]]);
        await process.ListensOn(_port);
        return process;
    }

    /// <summary>Targets that refuse the connection.</summary>
    private string Configuration(int count, string more = "")
    {
        const int port = 9; // nothing listens there
        var file = new ConfigFile(new PkiFiles(_workspace, TestPki.Shared), [.. Enumerable.Range(0, count).Select(i => new TargetEntry(string.Create(CultureInfo.InvariantCulture, $"t-{i:00000}"), port))])
        {
            Interval = "1h",
            Timeout = "1s",
        }.WriteTo(_workspace);
        if (more.Length > 0) File.WriteAllText(file, more + File.ReadAllText(file));
        return file;
    }
}
