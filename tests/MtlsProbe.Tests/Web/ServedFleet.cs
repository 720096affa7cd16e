using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Config;
using MtlsProbe.Feed;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Values;
using MtlsProbe.Web;

namespace MtlsProbe.Tests.Web;

/// <summary>A fleet that makes no real handshakes, served by a real web server on loopback.</summary>
internal sealed class ServedFleet : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Fleet _fleet;
    private readonly WebApplication _app;
    private Task _running = Task.CompletedTask;

    private ServedFleet(string configuration, WebConfiguration web, int addresses, ILoggerFactory logs, Func<WebOptions, WebOptions> change, Shard? shard)
    {
        ConfigFile = Files.Write("mtlsprobe.yml", configuration);
        var read = ConfigurationFile.Load(ConfigFile, BuiltInProtocols.All);
        Assert.Empty(read.Errors);
        var stack = new ProbeStack(Time, logs, isFleet: false) { Probe = ProbeAsync, Resolve = (host, _) => Task.FromResult(Resolve(host)) };
        _fleet = new Fleet(stack, ConfigFile, read, new BuildInfo("1.2.3", "abc", ".NET 10", "OpenSSL 3"), shard);
        var listen = Enumerable.Repeat(ListenAddress.TryParse("127.0.0.1:0")!, addresses);
        _app = WebServer.Build(_fleet, change(new WebOptions { Listen = listen.ToValueList(), Configuration = web }), Time, logs);
    }

    public TempFiles Files { get; } = new();

    public string ConfigFile { get; }

    public ManualTime Time { get; } = new();

    /// <summary>The requested probes, with their timeouts.</summary>
    public ConcurrentQueue<(ProbeJob Job, TimeSpan Timeout)> Probes { get; } = [];

    /// <summary>What a probe does; the default is a handshake that is accepted.</summary>
    public Func<ProbeJob, Task<ProbeResult>> Probe { get; set; } = job => Task.FromResult(Metrics.Samples.Accepted(job.Target));

    /// <summary>Returns the addresses of a name; by default there are none.</summary>
    public Func<string, IPAddress[]> Resolve { get; set; } = _ => throw new SocketException((int)SocketError.HostNotFound);

    public IReadOnlyList<string> Addresses => WebServer.Addresses(_app);

    /// <summary>The paths that the web server serves.</summary>
    public IReadOnlyList<ApiRoute> Routes =>
    [
        .. from source in ((IEndpointRouteBuilder)_app).DataSources
           from endpoint in source.Endpoints.OfType<RouteEndpoint>()
           from method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
           select new ApiRoute(method, endpoint.RoutePattern.RawText!),
    ];

    /// <summary>The feed of changes.</summary>
    public EventFeed Events => _fleet.Events;

    /// <summary>The state of the file with the changes.</summary>
    public StorageState? Storage { set => _fleet.Storage = () => value; }

    /// <summary>The metrics of the process about itself.</summary>
    public ProberMetrics OwnMetrics => _fleet.OwnMetrics;

    public HttpClient Client { get; private set; } = null!;

    /// <param name="change">What is not as the program has it.</param>
    /// <param name="shard">The part of the targets that is probed; null: all.</param>
    public static async Task<ServedFleet> StartAsync(
        string configuration, WebConfiguration? web = null, int addresses = 1, ILoggerFactory? logs = null, Func<WebOptions, WebOptions>? change = null, Shard? shard = null)
    {
        var served = new ServedFleet(configuration, web ?? new WebConfiguration(), addresses, logs ?? NullLoggerFactory.Instance, change ?? (options => options), shard);
        await served._app.StartAsync();
        served.Client = new HttpClient { BaseAddress = new Uri(served.Addresses[0]) };
        return served;
    }

    /// <summary>Starts probing on schedule.</summary>
    public void Run() => _running = _fleet.RunAsync(_stop.Token);

    /// <summary>Lets the first round happen.</summary>
    public async Task ReadyAsync()
    {
        while ((await GetAsync("/-/ready")).Status != 200) Time.Advance(TimeSpan.FromMilliseconds(100));
    }

    /// <summary>Sends a POST, and runs the timers that are due until the response arrives: a timer starts the requested probes. No time passes.</summary>
    public async Task<Answered> PostAsync(string path, params (string Name, string Value)[] headers)
    {
        var asked = SendAsync(HttpMethod.Post, path, headers);
        while (!asked.IsCompleted)
        {
            Time.Advance(TimeSpan.Zero);
            await Task.Yield();
        }

        return await asked;
    }

    /// <summary>Stops probing, as the program does before it stops the web server.</summary>
    public async Task StopProbingAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>Stops the web server, after the responses in progress.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async Task<Answered> GetAsync(string path, params (string Name, string Value)[] headers) =>
        await SendAsync(HttpMethod.Get, path, headers);

    public async Task<Answered> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request);
        return new Answered((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Headers
            .Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    public async ValueTask DisposeAsync()
    {
        await StopProbingAsync();
        Client?.Dispose();
        await _app.DisposeAsync();
        _fleet.Dispose();
        _stop.Dispose();
        Files.Dispose();
    }

    private Task<ProbeResult> ProbeAsync(ProbeJob job, ProbeRun run, CancellationToken ct)
    {
        Probes.Enqueue((job, run.Time.Timeout));
        return Probe(job).WaitAsync(ct);
    }
}

/// <summary>A response by HTTP, read to its end.</summary>
internal sealed record Answered(int Status, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);
}

/// <param name="Path">With <c>{name}</c> in place of a name.</param>
internal sealed record ApiRoute(string Method, string Path);
