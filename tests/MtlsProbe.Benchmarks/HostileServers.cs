using System.Diagnostics;
using MtlsProbe.Hostile;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// Hostile servers of every kind beside 20 healthy ones, all with an interval of 5 s: the effect on the healthy ones, on a scrape and on the memory.
/// </summary>
internal sealed class HostileServers : IBenchmark
{
    private static readonly TimeSpan s_betweenScrapes = TimeSpan.FromMilliseconds(500);

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var table = new Table(
            "program", "probes of the healthy", "not accepted", "hostile called healthy", "skipped", "started > 0.1 s late", "/metrics ms, median", "99th of 100", "worst", "resident MB, most", "kept of peers, MB");
        await using var range = new HostileRange("timeout: 5s");
        var configuration = workshop.Write("hostile.yml", range.Configuration(workshop.Write, interval: "5s", timeout: "4s"));
        foreach (var variant in workshop.Variants) table.Add(await MeasureAsync(workshop, variant, configuration, cancellation).ConfigureAwait(false));
        table.Print($"{HostileRange.Servers.Count} hostile servers beside {HostileRange.HealthyTargets.Count} healthy ones, {workshop.Options.Duration.TotalSeconds:0} s");
    }

    private static async Task<string[]> MeasureAsync(Workshop workshop, Variant variant, string configuration, CancellationToken cancellation)
    {
        using var server = await ProbeServer.StartAsync(workshop, variant, workshop.ProberCore, configuration, cancellation).ConfigureAwait(false);
        var (start, times, kept) = (Stopwatch.GetTimestamp(), new List<double>(), 0.0);
        Scrape scrape;
        do
        {
            await Task.Delay(s_betweenScrapes, cancellation).ConfigureAwait(false);
            var asked = Stopwatch.GetTimestamp();
            var text = await server.GetAsync("gzip", cancellation).ConfigureAwait(false);
            times.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            scrape = await server.ScrapeAsync(cancellation).ConfigureAwait(false);
            kept = Math.Max(kept, scrape.PeerMemory);
            if (text.Length == 0) throw new BenchmarkException("/metrics is empty");
        }
        while (Stopwatch.GetElapsedTime(start) < workshop.Options.Duration);

        times.Sort();
        var healthy = HostileRange.HealthyTargets.Sum(target => scrape.Of(target).Probes);
        var accepted = HostileRange.HealthyTargets.Sum(target => scrape.Of(target).Accepted);
        var fooled = HostileRange.Servers.Sum(hostile => scrape.Of(hostile.Name).Accepted);
        var late = scrape.LagAtMost("+Inf") - scrape.LagAtMost("0.1");
        return
        [
            variant.Name, Table.Number(healthy, "0"), Table.Number(healthy - accepted, "0"), Table.Number(fooled, "0"), Table.Number(scrape.Skipped, "0"),
            Table.Number(late / scrape.LagAtMost("+Inf"), "0.0%"), Table.Number(Table.Median(times), "0.0"), Table.Number(times[(int)(times.Count * 0.99)], "0.0"),
            Table.Number(times[^1], "0.0"), Table.Number(ProcFile.Memory(server.Pid, "VmHWM") / 1e6, "0"), Table.Number(kept / 1e6, "0.0"),
        ];
    }
}
