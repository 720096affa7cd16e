using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// Everything about a large fleet in one row: whether the schedule is kept, what it costs, what a scrape costs meanwhile, the start, and a reload in
/// which one target has changed. For targets with the same certificate, with different ones, and with black holes among them.
/// </summary>
internal sealed class FleetCost : IBenchmark
{
    private const int Reloads = 5;

    /// <summary>Probes of one endpoint that run at the same time (<see cref="Probing.SchedulerLimits"/>).</summary>
    private const int AtEndpoint = 4;

    private const string Reload = "/-/reload";

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    // The share of probing alone is measured for so long; the rest of the time there are scrapes.
    private static readonly TimeSpan s_alone = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var options = workshop.Options.Fleet;
        var (leaves, holes) = (Math.Min(options.Leaves ?? options.Targets, options.Targets), Math.Min(options.BlackHoles ?? (options.Targets / 10), options.Targets));
        List<(string Name, int Leaves, int Holes)> fleets = [("one certificate", 1, 0)];
        if (leaves > 1) fleets.Add(($"{leaves} certificates", leaves, 0));
        if (holes > 0) fleets.Add(($"{holes} black holes", 1, holes));
        var schedule = new Table(
            $"{options.Targets} targets at {options.Interval.TotalSeconds:0} s on {options.Ports} ports", "series", "of the probes of healthy targets", "not accepted", "skipped", "lag p99, ms", "resident MB, most",
            "anonymous MB, end", "of the core", "first /metrics, ms");
        var costs = new Table(
            "a scrape meanwhile", "plain ms, median", "worst", "CPU ms", "gzip ms, median", "worst", "CPU ms", "reload ms, median", "worst");
        foreach (var variant in workshop.Variants)
        {
            foreach (var (name, different, silent) in fleets)
            {
                var row = workshop.Variants.Count > 1 ? $"{name} ({variant.Name})" : name;
                await MeasureAsync(workshop, variant, different, silent, (of, cells) => (of ? schedule : costs).Add([row, .. cells]), cancellation).ConfigureAwait(false);
            }
        }

        schedule.Print($"Fleet, {options.Minutes} minutes each");
        costs.Print("Scrapes and reloads");
    }

    private static async Task MeasureAsync(Workshop workshop, Variant variant, int leaves, int silent, Action<bool, string[]> add, CancellationToken cancellation)
    {
        var options = workshop.Options.Fleet;
        var pki = workshop.Pki(KeyKind.Ecdsa);
        if (leaves > 1) pki.IssueServers(Enumerable.Range(0, leaves).Select(ServerName));
        using var nginx = await Nginx.StartAsync(workshop, KeyKind.Ecdsa, "1.3", cancellation, leaves > 1 ? $"{pki.Servers}/$ssl_server_name.crt" : null, options.Ports).ConfigureAwait(false);
        using var holes = await BlackHoles.OpenAsync(HolePorts(options, silent), cancellation).ConfigureAwait(false);
        var configuration = workshop.Write("fleet.yml", Configuration(options, pki, nginx, holes, leaves, silent, changed: 0));

        var start = Stopwatch.GetTimestamp();
        using var server = await ProbeServer.StartAsync(workshop, variant, workshop.ProberCore, configuration, cancellation).ConfigureAwait(false);
        var first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        await server.UntilAsync(scrape => Healthy(scrape).Accepted >= options.Targets - silent, s_patience, cancellation).ConfigureAwait(false);
        await Task.Delay(2 * options.Interval, cancellation).ConfigureAwait(false); // from the spread of the start to the regular times

        var (cpu, began) = (ProcFile.CpuSeconds(server.Pid), Stopwatch.GetTimestamp());
        await Task.Delay(s_alone, cancellation).ConfigureAwait(false);
        var alone = (ProcFile.CpuSeconds(server.Pid) - cpu) / Stopwatch.GetElapsedTime(began).TotalSeconds;

        var before = await server.ScrapeAsync(cancellation).ConfigureAwait(false);
        (cpu, began) = (ProcFile.CpuSeconds(server.Pid), Stopwatch.GetTimestamp());
        var (plain, gzip) = await ScrapeAsync(server, options, alone, cancellation).ConfigureAwait(false);
        cpu = ProcFile.CpuSeconds(server.Pid) - cpu;
        var after = await server.ScrapeAsync(cancellation).ConfigureAwait(false);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var (peak, anonymous) = (ProcFile.Memory(server.Pid, "VmHWM"), ProcFile.Memory(server.Pid, "RssAnon"));

        List<double> reloads = [];
        for (var i = 1; i <= Reloads; i++)
        {
            await File.WriteAllTextAsync(configuration, Configuration(options, pki, nginx, holes, leaves, silent, changed: i), cancellation).ConfigureAwait(false);
            var asked = Stopwatch.GetTimestamp();
            await server.PostAsync(Reload, cancellation).ConfigureAwait(false);
            reloads.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
        }

        var probes = Healthy(after).Probes - Healthy(before).Probes;
        add(true,
        [
            $"{after.Samples}", Table.Number(probes / ((options.Targets - silent) * seconds / options.Interval.TotalSeconds), "0.0%"),
            Table.Number(probes - (Healthy(after).Accepted - Healthy(before).Accepted), "0"), Table.Number(after.Skipped - before.Skipped, "0"),
            Table.Number(1000 * after.LagOf(before, 0.99), "0"), Table.Number(peak / 1e6, "0"), Table.Number(anonymous / 1e6, "0"), Table.Number(cpu / seconds, "0%"),
            Table.Number(first, "0"),
        ]);
        add(false, [.. plain.Cells(), .. gzip.Cells(), Table.Number(Table.Median(reloads), "0.0"), Table.Number(reloads.Max(), "0.0")]);
    }

    /// <summary>Once per interval, plain and gzip in turn.</summary>
    private static async Task<(Scrapes Plain, Scrapes Gzip)> ScrapeAsync(ProbeServer server, FleetOptions options, double alone, CancellationToken cancellation)
    {
        var (plain, gzip) = (new Scrapes(), new Scrapes());
        var end = TimeSpan.FromMinutes(options.Minutes);
        var began = Stopwatch.GetTimestamp();
        for (var next = options.Interval; next <= end; next += options.Interval)
        {
            var wait = next - Stopwatch.GetElapsedTime(began);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, cancellation).ConfigureAwait(false);
            var isPlain = plain.Count <= gzip.Count;
            var (cpu, start) = (ProcFile.CpuSeconds(server.Pid), Stopwatch.GetTimestamp());
            await server.GetAsync(isPlain ? null : "gzip", cancellation).ConfigureAwait(false);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            (isPlain ? plain : gzip).Add(seconds, ProcFile.CpuSeconds(server.Pid) - cpu - (alone * seconds));
        }

        return (plain, gzip);
    }

    /// <summary>So many that black holes do not wait for each other: then their starts say nothing about the others, but all starts together do.</summary>
    private static int HolePorts(FleetOptions options, int silent) =>
        (int)Math.Ceiling(silent / Math.Max(1, (AtEndpoint * options.Interval / s_timeout) - 2));

    private static Scrape Healthy(Scrape scrape) => scrape.Without("target=\"silent-");

    private static string ServerName(int i) => string.Create(CultureInfo.InvariantCulture, $"target-{i}.test");

    /// <param name="changed">Another number changes one target.</param>
    private static string Configuration(FleetOptions options, Pki pki, Nginx nginx, BlackHoles holes, int leaves, int silent, int changed)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $$"""
            defaults: { interval: {{options.Interval.TotalSeconds:0}}s, timeout: {{s_timeout.TotalSeconds:0}}s, trust: internal, identity: client, server_name: {{Pki.ServerName}} }
            identities:
              client: { current: { certificate: {{pki.ClientCertificate}}, key: {{pki.ClientKey}} } }
            trust:
              internal: { files: [{{pki.Root}}] }
            targets:

            """));
        for (var i = 0; i < options.Targets; i++)
        {
            var (name, address) = i < silent ? ($"silent-{i}", holes.Address(i)) : ($"target-{i}", nginx.PlaceOf(i));
            var more = (leaves > 1 ? $", server_name: {ServerName(i % leaves)}" : "") + (i == options.Targets - 1 ? $", labels: {{ change: \"{changed}\" }}" : "");
            text.AppendLine(CultureInfo.InvariantCulture, $"  - {{ name: {name}, address: \"{address}\"{more} }}");
        }

        return text.ToString();
    }

    /// <summary>Scrapes of one kind, in seconds.</summary>
    private sealed class Scrapes
    {
        private readonly List<double> _times = [];
        private double _cpu;

        public int Count => _times.Count;

        public void Add(double seconds, double cpu)
        {
            _times.Add(seconds);
            _cpu += cpu;
        }

        public string[] Cells() => Count == 0
            ? ["", "", ""]
            : [Table.Number(1000 * Table.Median(_times), "0"), Table.Number(1000 * _times.Max(), "0"), Table.Number(Math.Max(0, 1000 * _cpu / Count), "0")];
    }
}
