using System.Diagnostics;

namespace MtlsProbe.Benchmarks;

/// <summary>10,000 targets at 30 s: the time and the size of a scrape, and whether the schedule is met meanwhile.</summary>
internal sealed class ScrapeCost : IBenchmark
{
    private const int Targets = 10_000;
    private const int Scrapes = 10;

    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(15);

    /// <summary>Prometheus's default interval, or somewhat less.</summary>
    private static readonly TimeSpan BetweenScrapes = TimeSpan.FromSeconds(10);

    // The first round, then two at the interval.
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(60);

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        using var nginx = await Nginx.StartAsync(workshop, KeyKind.Ecdsa, "1.3", cancellation).ConfigureAwait(false);
        var configuration = ProbeServer.Configuration(
            workshop, workshop.Pki(KeyKind.Ecdsa), Targets, "30s", "5s", i => $"{Nginx.Address(i)}:{nginx.Port}");
        using var server = await ProbeServer.StartAsync(workshop, workshop.Variants[0], workshop.ProberCore, configuration, cancellation).ConfigureAwait(false);
        await server.UntilAsync(scrape => scrape.Probes >= Targets, TimeSpan.FromMinutes(3), cancellation).ConfigureAwait(false);

        var probing = await CpuSharePerSecondAsync(server, cancellation).ConfigureAwait(false);
        var table = new Table($"scrape of {Targets} targets", "ms, median", "ms, worst", "CPU ms", "MB on the wire", "series");
        foreach (var encoding in new[] { null, "gzip" })
        {
            var times = new List<double>();
            var (before, began) = (ProcFile.CpuSeconds(server.Pid), Stopwatch.GetTimestamp());
            var size = 0;
            for (var i = 0; i < Scrapes; i++)
            {
                var start = Stopwatch.GetTimestamp();
                size = (await server.GetAsync(encoding, cancellation).ConfigureAwait(false)).Length;
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            var cpu = (ProcFile.CpuSeconds(server.Pid) - before - (probing * Stopwatch.GetElapsedTime(began).TotalSeconds)) * 1000 / Scrapes;
            var series = encoding is null ? $"{(await server.ScrapeAsync(cancellation).ConfigureAwait(false)).Samples}" : "";
            table.Add(
                encoding ?? "plain", Table.Number(Table.Median(times), "0"), Table.Number(times.Max(), "0"), Table.Number(cpu, "0"),
                Table.Number(size / 1e6, "0.00"), series);
        }

        table.Print($"Scrape, {Scrapes} in a row while the probes go on ({Table.Number(probing, "0%")} of the core, taken off the CPU column)");
        await KeepUpAsync(server, cancellation).ConfigureAwait(false);
    }

    /// <summary>The probes alone: seconds of CPU time per second.</summary>
    private static async Task<double> CpuSharePerSecondAsync(ProbeServer server, CancellationToken cancellation)
    {
        var (start, used) = (Stopwatch.GetTimestamp(), ProcFile.CpuSeconds(server.Pid));
        await Task.Delay(Alone, cancellation).ConfigureAwait(false);
        return (ProcFile.CpuSeconds(server.Pid) - used) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task KeepUpAsync(ProbeServer server, CancellationToken cancellation)
    {
        var before = await server.ScrapeAsync(cancellation).ConfigureAwait(false);
        var (start, used) = (Stopwatch.GetTimestamp(), ProcFile.CpuSeconds(server.Pid));
        for (var left = Watched; left > TimeSpan.Zero; left -= BetweenScrapes)
        {
            await Task.Delay(BetweenScrapes, cancellation).ConfigureAwait(false);
            await server.GetAsync("gzip", cancellation).ConfigureAwait(false);
        }

        var after = await server.ScrapeAsync(cancellation).ConfigureAwait(false);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        used = ProcFile.CpuSeconds(server.Pid) - used;

        var table = new Table($"{Targets} targets at 30 s, scraped every {BetweenScrapes.TotalSeconds} s", "measured");
        var started = after.LagAtMost("+Inf") - before.LagAtMost("+Inf");
        table.Add("probes per second (wanted: 333)", Table.Number((after.Probes - before.Probes) / seconds, "0.0"));
        table.Add("not accepted", Table.Number(after.Probes - before.Probes - (after.Accepted - before.Accepted), "0"));
        table.Add("starts skipped", Table.Number(after.Skipped - before.Skipped, "0"));
        foreach (var bound in new[] { "0.01", "0.1", "1" })
            table.Add($"started at most {bound} s late", Table.Number((after.LagAtMost(bound) - before.LagAtMost(bound)) / started, "0.0%"));
        table.Add("of one core", Table.Number(used / seconds, "0%"));
        table.Add("resident MB", Table.Number(ProcFile.Memory(server.Pid, "VmRSS") / 1e6, "0"));
        table.Print("Schedule");
    }
}
