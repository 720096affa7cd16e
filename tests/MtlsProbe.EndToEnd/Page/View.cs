using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>
/// An open page. When it ends, the test fails for each warning and error on the console, each script error and each violation of its
/// Content-Security-Policy.
/// </summary>
internal sealed class View : IAsyncDisposable
{
    private const int Patience = 20_000; // ms

    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    private View(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    /// <summary>While the exporter is expected to be gone: the browser reports each failed request.</summary>
    public bool ExporterMayBeGone { get; set; }

    /// <summary>While the exporter is expected to refuse requests: the browser reports each such answer.</summary>
    public bool MayBeRefused { get; set; }

    public ILocator Heading => Page.Locator("main h1");

    /// <summary>The rows of the overview.</summary>
    public ILocator Rows => Page.Locator(".fleet > tbody > tr.target");

    /// <summary>What a screen reader announces.</summary>
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

    /// <summary>Like a link of the page: only answers are loaded.</summary>
    public Task Follow(string fragment) => Page.EvaluateAsync("fragment => { location.hash = fragment }", fragment);

    /// <summary>Holds matching requests of the page until the result is set; the pattern is for their addresses.</summary>
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

    /// <summary>The requests of the page from now on whose address contains this.</summary>
    public ConcurrentQueue<IRequest> Requests(string part)
    {
        var requests = new ConcurrentQueue<IRequest>();
        Page.Request += (_, request) =>
        {
            if (request.Url.Contains(part, StringComparison.Ordinal)) requests.Enqueue(request);
        };
        return requests;
    }

    /// <summary>How many pixels overflow the window at the right.</summary>
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
