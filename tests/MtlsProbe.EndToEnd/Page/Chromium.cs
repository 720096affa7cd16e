using Microsoft.Playwright;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>Debian's Chromium, one for all tests that run at the same time. Each page has its own context, so pages share only the process.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    public const string Program = "/usr/bin/chromium-headless-shell";

    private static readonly SemaphoreSlim s_gate = new(1);
    private static (IPlaywright Driver, IBrowser Browser)? s_running;
    private static int s_users;

    private readonly IBrowser _browser;

    private Chromium(IBrowser browser) => _browser = browser;

    /// <summary>A sentence that says why it is unavailable, or null.</summary>
    public static string? Missing { get; } = Needs.Missing(Program);

    public static async Task<Chromium> Share()
    {
        await s_gate.WaitAsync();
        try
        {
            s_running ??= await Launch();
            s_users++;
            return new Chromium(s_running.Value.Browser);
        }
        finally
        {
            s_gate.Release();
        }
    }

    /// <summary>A page that loads the exporter's front page at this fragment, in such a window.</summary>
    public async Task<View> Open(int port, string fragment = "", Window? window = null) =>
        await View.Open(await _browser.NewContextAsync((window ?? new Window()).Options(port)), fragment);

    /// <summary>The last user closes it.</summary>
    public async ValueTask DisposeAsync()
    {
        await s_gate.WaitAsync();
        try
        {
            if (--s_users > 0 || s_running is not { } running) return;
            s_running = null;
            await running.Browser.DisposeAsync();
            running.Driver.Dispose();
        }
        finally
        {
            s_gate.Release();
        }
    }

    private static async Task<(IPlaywright Driver, IBrowser Browser)> Launch()
    {
        var driver = await Playwright.CreateAsync();
        return (driver, await driver.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Program,

            // Root has no sandbox; the other arguments let the browser connect only to this machine.
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
            ],
        }));
    }
}

/// <summary>The window of a reader.</summary>
internal sealed record Window(int Width = 1280, int Height = 800, ColorScheme Scheme = ColorScheme.Light)
{
    public static readonly Window Dark = new(Scheme: ColorScheme.Dark);

    /// <summary>The narrowest common one.</summary>
    public static readonly Window Phone = new(360, 740);

    public BrowserNewContextOptions Options(int port) => new()
    {
        BaseURL = FormattableString.Invariant($"http://127.0.0.1:{port}/"),
        ViewportSize = new ViewportSize { Width = Width, Height = Height },
        ColorScheme = Scheme,
        ReducedMotion = ReducedMotion.Reduce,
    };
}

/// <summary>A fact that needs the browser.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Chromium.Missing;
}

/// <summary>A theory that needs the browser.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Chromium.Missing;
}
