using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Demo;

/// <summary>The tests that share one run of the demo, because its rotation takes two minutes.</summary>
[CollectionDefinition(Name)]
public sealed class DemoRunTests : ICollectionFixture<DemoRun>
{
    public const string Name = "demo run";
}

/// <summary>
/// The demo from its start to the end of its rotation, at its own pace, with the metrics that it had. If Prometheus is installed, one has scraped it
/// all the time with the shipped rules. The demo has ended; Prometheus still answers.
/// </summary>
public sealed partial class DemoRun : IAsyncLifetime
{
    private static readonly string[] s_servers = ["rotation-1", "rotation-2", "rotation-3", "rotation-4"];

    private readonly Workspace _workspace = new("demo-run");
    private readonly List<DemoMoment> _moments = [];
    private PrometheusServer? _prometheus;

    /// <summary>What the servers do after the rotation: next is not staged, and the retired credential is refused.</summary>
    public const string LastState = "---- 0000";

    public string Output { get; private set; } = "";

    public int ExitCode { get; private set; }

    internal IReadOnlyList<DemoMoment> Moments => _moments;

    internal PrometheusServer Prometheus => _prometheus ?? throw new InvalidOperationException("Prometheus is not installed");

    public async Task InitializeAsync()
    {
        await using var demo = Mtlsprobe.Start(["demo", "--web.listen-address", "127.0.0.1:0", "--log.level", "info"]);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (!demo.StandardOutput.Contains("The log follows", StringComparison.Ordinal)) await Task.Delay(100, deadline.Token);
        var address = Url().Match(demo.StandardOutput).Groups["address"].Value;
        if (Needs.Missing("prometheus") is null) _prometheus = await PrometheusServer.Start(_workspace, ScrapeConfiguration(address));

        using var http = new HttpClient { BaseAddress = new Uri($"http://{address}") };
        while (!demo.Output.Contains("done: all four accept", StringComparison.Ordinal) || _moments[^1].State != LastState)
        {
            _moments.Add(Read(new Harness.MetricsText(await http.GetStringAsync("/metrics", deadline.Token))));
            await Task.Delay(300, deadline.Token);
        }

        await demo.Signal("TERM");
        ExitCode = await demo.Exit(TimeSpan.FromSeconds(5));
        Output = demo.Output;
    }

    public async Task DisposeAsync()
    {
        if (_prometheus is not null) await _prometheus.DisposeAsync();
        _workspace.Dispose();
    }

    private static string ScrapeConfiguration(string address) => $"""
        global: {"{"} scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s {"}"}
        rule_files: ["{Path.Combine(Repository.Root, "alerts", "*.rules.yml")}"]
        scrape_configs:
          - job_name: mtlsprobe
            static_configs: [{"{"} targets: ["{address}"] {"}"}]
        """;

    private static DemoMoment Read(Harness.MetricsText metrics)
    {
        var next = Letters(server => metrics.Value("mtlsprobe_client_certificate_accepted", ("target", server), ("slot", "next")));
        var retired = Letters(server => 1 - metrics.Value("mtlsprobe_rejection_enforced", ("target", server)));
        var current = metrics.All("mtlsprobe_success", ("identity", "rollout"), ("slot", "current"));
        var failures = metrics.Sum("mtlsprobe_handshake_failures_total", ("identity", "rollout"), ("slot", "current"));
        return new DemoMoment(DateTimeOffset.UtcNow, $"{next} {retired}", current.All(series => series.Value == 1) && failures == 0);
    }

    private static string Letters(Func<string, double?> value) => string.Concat(s_servers.Select(server => value(server) switch
    {
        1 => "1",
        0 => "0",
        _ => "-",
    }));

    [GeneratedRegex(@"http://(?<address>[^/\s]+)/metrics")]
    private static partial Regex Url();
}

/// <summary>The state according to one scrape of the metrics.</summary>
/// <param name="State">What the four servers do with the next credential and with the retired one: "1" accepted, "0" refused, "-" not tried.</param>
/// <param name="CurrentNeverFailed">All servers accept the credential in use, and always did.</param>
internal sealed record DemoMoment(DateTimeOffset At, string State, bool CurrentNeverFailed);
