using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>
/// An open page. Whatever it writes to the console as a warning or an error, each script error and each violation of its
/// Content-Security-Policy fails the test when it ends.
/// </summary>
internal sealed class View : IAsyncDisposable
{
    private const int Patience = 20_000; // ms

    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    private View(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    /// <summary>While the exporter is meant to be gone: the browser reports each request that fails.</summary>
    public bool ExporterMayBeGone { get; set; }

    /// <summary>While the exporter is meant to say no: the browser reports each such answer.</summary>
    public bool MayBeRefused { get; set; }

    public ILocator Heading => Page.Locator("main h1");

    /// <summary>Of the overview.</summary>
    public ILocator Rows => Page.Locator(".fleet > tbody > tr.target");

    /// <summary>What those hear who do not see the page.</summary>
    public ILocator Status => Page.Locator("#status");

    public static async Task<View> Open(IBrowserContext context, string fragment)
    {
        context.SetDefaultTimeout(Patience);
        var view = new View(context, await context.NewPageAsync());
        view.Page.Console += (_, message) => view.Hear(message);
        view.Page.PageError += (_, error) => view.Complain(error);
        Assertions.SetDefaultExpectTimeout(Patience);
        await view.Go(fragment);
        return view;
    }

    /// <summary>Loads the page at a fragment, and waits until it shows something.</summary>
    public async Task Go(string fragment)
    {
        await Page.GotoAsync("about:blank");
        await Page.GotoAsync(fragment);
        await Page.Locator("main[aria-busy=false] h1").WaitForAsync();
    }

    /// <summary>As a link of the page does: nothing is loaded but the answers.</summary>
    public Task Follow(string fragment) => Page.EvaluateAsync("fragment => { location.hash = fragment }", fragment);

    /// <summary>Keeps such requests of the page, by a pattern of their addresses, from the exporter until the result is set.</summary>
    public async Task<TaskCompletionSource> Hold(string requests)
    {
        var over = new TaskCompletionSource();
        await Page.RouteAsync(requests, async route =>
        {
            await over.Task;
            await route.ContinueAsync();
        });
        return over;
    }

    /// <summary>The requests of the page from now on whose address has this in it.</summary>
    public ConcurrentQueue<IRequest> Requests(string part)
    {
        var requests = new ConcurrentQueue<IRequest>();
        Page.Request += (_, request) =>
        {
            if (request.Url.Contains(part, StringComparison.Ordinal)) requests.Enqueue(request);
        };
        return requests;
    }

    /// <summary>How many pixels are out of the window at the right.</summary>
    public Task<int> Overhang() => Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        lock (_complaints) Assert.True(_complaints.Count == 0, string.Join("\n", _complaints));
    }

    /// <summary>A violation of the policy is reported as an error on the console.</summary>
    private void Hear(IConsoleMessage message)
    {
        if (message.Type is not ("error" or "warning")) return;
        if ((ExporterMayBeGone || MayBeRefused) && message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)) return;
        Complain($"{message.Type}: {message.Text} ({message.Location})");
    }

    private void Complain(string complaint)
    {
        lock (_complaints) _complaints.Add(complaint);
    }
}
