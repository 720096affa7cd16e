using System.Diagnostics;
using System.Globalization;
using System.Text;
using MtlsProbe.Api;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// How long readers of the status page wait, and what it costs: 10,000 targets at 60 s, each with its own certificate. Probes continue meanwhile, so
/// no answer can be the same as the one before.
/// </summary>
internal sealed class PageCost : IBenchmark
{
    private const int Targets = 10_000;
    private const int Times = 15;

    // Time for new results, as between the requests of a page.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // The runtime compiles frequent code a second time, and would occupy the core meanwhile.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(40);

    private static readonly string[] s_first = ["/", "/api/v1/summary", "/api/v1/fleet"];

    private static readonly (string What, string[] Paths)[] s_questions =
    [
        ("/, summary, first page of targets", s_first),
        ("the same with scripts and styles", [.. s_first, .. ServedFile.Page.Keys.Where(name => name != "index.html").Select(name => $"/page/{name}")]),
        ("summary", ["/api/v1/summary"]),
        ("targets", ["/api/v1/fleet"]),
        ("groups of targets", ["/api/v1/groups"]),
        ("handshakes", ["/api/v1/handshakes"]),
        ("handshakes, the last page", ["/api/v1/handshakes?page=100"]),
        ("handshakes, a search for two words", ["/api/v1/handshakes?q=77+healthy"]),
        ("handshakes, a search that finds nothing", ["/api/v1/handshakes?q=nowhere"]),
        ("handshakes, by server expiry", ["/api/v1/handshakes?sort=-server_expiry"]),
        ("a target", ["/api/v1/targets/target-5000"]),
        ("identities", ["/api/v1/identities"]),
        ("an identity", ["/api/v1/identities/client"]),
        ("certificates", ["/api/v1/certificates"]),
        ("certificates, a search", ["/api/v1/certificates?q=target-77"]),
        ("certificates as CSV, all", ["/api/v1/certificates?format=csv"]),
        ("result records, all", ["/api/v1/targets"]),
    ];

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var pki = workshop.Pki(KeyKind.Ecdsa);
        pki.IssueServers(Enumerable.Range(0, Targets).Select(Name));
        using var nginx = await Nginx.StartAsync(workshop, KeyKind.Ecdsa, "1.3", cancellation, $"{pki.Servers}/$ssl_server_name.crt").ConfigureAwait(false);
        foreach (var variant in workshop.Variants)
        {
            using var server = await ProbeServer.StartAsync(workshop, variant, workshop.ProberCore, Configuration(workshop, pki, nginx.Port), cancellation).ConfigureAwait(false);
            await server.UntilAsync(scrape => scrape.Accepted >= Targets, TimeSpan.FromMinutes(3), cancellation).ConfigureAwait(false);
            await Task.Delay(s_warmUp, cancellation).ConfigureAwait(false);
            await MeasureAsync(server, workshop.Variants.Count > 1 ? $" ({variant.Name})" : "", cancellation).ConfigureAwait(false);
        }
    }

    private static async Task MeasureAsync(ProbeServer server, string name, CancellationToken cancellation)
    {
        var idle = await CpuAsync(server, cancellation).ConfigureAwait(false);
        var table = new Table($"{Targets} targets{name}", "ms, median", "ms, worst", "CPU ms", "kB, gzip", "kB, plain");
        var start = Stopwatch.GetTimestamp();
        var first = await AskAsync(server, s_first, "gzip", null, cancellation).ConfigureAwait(false);
        var milliseconds = Table.Number(Stopwatch.GetElapsedTime(start).TotalMilliseconds, "0.0");
        table.Add("the very first visit since the start", milliseconds, milliseconds, "", Table.Number(first / 1e3, "0.0"), "");
        foreach (var (what, paths) in s_questions)
        {
            var plain = 0;
            for (var i = 0; i < 3; i++) plain = await AskAsync(server, paths, null, null, cancellation).ConfigureAwait(false);
            var gzip = await TimeAsync(server, paths, null, idle, cancellation).ConfigureAwait(false);
            table.Add(what, gzip.Median, gzip.Worst, gzip.Cpu, gzip.Size, Table.Number(plain / 1e3, "0.0"));
        }

        // A target without new results for a while, while the others have some.
        const string Target = "/api/v1/targets/target-5000";
        var (_, tag) = await server.AskAsync(Target, null, null, cancellation).ConfigureAwait(false);
        var known = await TimeAsync(server, [Target], tag, idle, cancellation).ConfigureAwait(false);
        table.Add("a target, 304", known.Median, known.Worst, known.Cpu, known.Size, "");
        table.Print("Status page");
        Console.WriteLine($"\nProbing alone takes {idle:0%} of the core; it is taken off the CPU column.");
    }

    private static async Task<(string Median, string Worst, string Cpu, string Size)> TimeAsync(
        ProbeServer server, string[] paths, string? known, double idle, CancellationToken cancellation)
    {
        var times = new List<double>();
        var (begin, before, size) = (Stopwatch.GetTimestamp(), ProcFile.CpuSeconds(server.Pid), 0);
        for (var i = 0; i < Times; i++)
        {
            await Task.Delay(Pause, cancellation).ConfigureAwait(false);
            var start = Stopwatch.GetTimestamp();
            size = await AskAsync(server, paths, "gzip", known, cancellation).ConfigureAwait(false);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        var cpu = ProcFile.CpuSeconds(server.Pid) - before - (Stopwatch.GetElapsedTime(begin).TotalSeconds * idle);
        return (
            Table.Number(Table.Median(times), "0.0"), Table.Number(times.Max(), "0.0"), Table.Number(Math.Max(0, cpu * 1000 / Times), "0.0"),
            Table.Number(size / 1e3, "0.0"));
    }

    /// <summary>The size of the answers together. The first is awaited, and the others are requested at once, as a browser does.</summary>
    private static async Task<int> AskAsync(ProbeServer server, string[] paths, string? encoding, string? known, CancellationToken cancellation)
    {
        var (first, _) = await server.AskAsync(paths[0], encoding, known, cancellation).ConfigureAwait(false);
        var others = await Task.WhenAll(paths.Skip(1).Select(path => server.AskAsync(path, encoding, known, cancellation))).ConfigureAwait(false);
        return first.Length + others.Sum(other => other.Body.Length);
    }

    /// <summary>How much of a core the probes use.</summary>
    private static async Task<double> CpuAsync(ProbeServer server, CancellationToken cancellation)
    {
        var (start, before) = (Stopwatch.GetTimestamp(), ProcFile.CpuSeconds(server.Pid));
        await Task.Delay(TimeSpan.FromSeconds(10), cancellation).ConfigureAwait(false);
        return (ProcFile.CpuSeconds(server.Pid) - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"target-{i}.test");

    private static string Configuration(Workshop workshop, Pki pki, int port)
    {
        var text = new StringBuilder($$"""
            defaults: { interval: 60s, timeout: 5s, trust: internal, identity: client }
            identities:
              client: { current: { certificate: {{pki.ClientCertificate}}, key: {{pki.ClientKey}} } }
            trust:
              internal: { files: [{{pki.Root}}] }
            targets:

            """);
        for (var i = 0; i < Targets; i++)
            text.AppendLine(CultureInfo.InvariantCulture, $"  - {{ name: target-{i}, address: \"{Nginx.Address(i)}:{port}\", server_name: {Name(i)}, labels: {{ team: team-{i % 40} }} }}");
        return workshop.Write("mtlsprobe.yml", text.ToString());
    }
}
