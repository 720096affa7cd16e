using System.Net.Http.Headers;
using System.Text;

namespace MtlsProbe.Benchmarks;

/// <summary>The program under test: <c>mtlsprobe serve</c> as built, with real targets.</summary>
internal sealed class ProbeServer : IDisposable
{
    private readonly Child _process;
    private readonly HttpClient _http;

    private ProbeServer(Child process, Uri address)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = address };
    }

    public int Pid => _process.Pid;

    /// <summary>Starts it and waits for its first answer.</summary>
    public static async Task<ProbeServer> StartAsync(
        Workshop workshop, Variant variant, string cores, string configuration, CancellationToken cancellation)
    {
        var port = Workshop.FreePort();
        string[] arguments = ["serve", "--config.file", configuration, "--web.listen-address", $"127.0.0.1:{port}", "--log.level", "error"];
        var process = new Child(cores, variant.Program, arguments, variant.Environment).Drain();
        var server = new ProbeServer(process, new Uri($"http://127.0.0.1:{port}"));
        while (true)
        {
            try
            {
                using var answer = await server._http.GetAsync(new Uri("/metrics", UriKind.Relative), cancellation).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode) return server;
                throw process.Complaint($"/metrics answered {(int)answer.StatusCode}");
            }
            catch (HttpRequestException)
            {
                process.ThrowIfEnded();
                await Task.Delay(1, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A configuration of targets that use the addresses in turn.</summary>
    public static string Configuration(Workshop workshop, Pki pki, int targets, string interval, string timeout, Func<int, string> address)
    {
        var text = new StringBuilder($$"""
            defaults: { interval: {{interval}}, timeout: {{timeout}}, trust: internal, identity: client, server_name: {{Pki.ServerName}} }
            identities:
              client: { current: { certificate: {{pki.ClientCertificate}}, key: {{pki.ClientKey}} } }
            trust:
              internal: { files: [{{pki.Root}}] }
            targets:

            """);
        for (var i = 0; i < targets; i++) text.AppendLine($"  - {{ name: target-{i}, address: \"{address(i)}\" }}");
        return workshop.Write("mtlsprobe.yml", text.ToString());
    }

    public async Task<Scrape> ScrapeAsync(CancellationToken cancellation) => Scrape.Parse(await GetAsync(null, cancellation).ConfigureAwait(false));

    /// <summary>The bytes of /metrics as transferred.</summary>
    public async Task<byte[]> GetAsync(string? encoding, CancellationToken cancellation) =>
        (await AskAsync("/metrics", encoding, null, cancellation).ConfigureAwait(false)).Body;

    /// <summary>The bytes of an answer as transferred.</summary>
    /// <param name="known">The tag of the answer that the client already has.</param>
    public async Task<(byte[] Body, string? Tag)> AskAsync(string path, string? encoding, string? known, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (encoding is not null) request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue(encoding));
        if (known is not null) request.Headers.TryAddWithoutValidation("If-None-Match", known);
        using var answer = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
        if (known is null) answer.EnsureSuccessStatusCode();
        else if (answer.StatusCode != System.Net.HttpStatusCode.NotModified) throw new BenchmarkException($"{path} has changed meanwhile");
        return (await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false), answer.Headers.ETag?.ToString());
    }

    public async Task PostAsync(string path, CancellationToken cancellation)
    {
        using var answer = await _http.PostAsync(new Uri(path, UriKind.Relative), null, cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode) throw new BenchmarkException($"{path}: {await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false)}");
    }

    /// <summary>Waits until the figures of the program satisfy the condition.</summary>
    public async Task<Scrape> UntilAsync(Func<Scrape, bool> wanted, TimeSpan patience, CancellationToken cancellation)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(patience);
        try
        {
            while (true)
            {
                var scrape = await ScrapeAsync(late.Token).ConfigureAwait(false);
                if (wanted(scrape)) return scrape;
                await Task.Delay(500, late.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw _process.Complaint($"after {patience.TotalSeconds:0} s mtlsprobe is still not where it should be");
        }
    }

    public void Pause() => _process.Pause();

    public void Resume() => _process.Resume();

    public void Dispose()
    {
        _http.Dispose();
        _process.Dispose();
    }
}
