using Microsoft.Playwright;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>Debian's Chromium, one for all tests; each page has a context of its own, so that nothing is shared but the process.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    public const string Program = "/usr/bin/chromium";

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>A sentence that says why there can be none, or null.</summary>
    public static string? Missing { get; } = Needs.Missing(Program);

    public static async Task<Chromium> Start()
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Program,

            // Root has no sandbox; the others keep the browser from talking to anybody but us.
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
        return new Chromium(playwright, browser);
    }

    /// <summary>A page that loads the exporter's front page at this fragment, as a window of this kind.</summary>
    public async Task<View> Open(int port, string fragment = "", Window? window = null) =>
        await View.Open(await _browser.NewContextAsync((window ?? new Window()).Options(port)), fragment);

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

/// <summary>What somebody looks at the page with.</summary>
internal sealed record Window(int Width = 1280, int Height = 800, ColorScheme Scheme = ColorScheme.Light)
{
    public static readonly Window Dark = new(Scheme: ColorScheme.Dark);

    /// <summary>The narrowest that is in use.</summary>
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
