namespace MtlsProbe.Benchmarks;

/// <summary>
/// CPU time of the whole process per https probe with a client certificate. The contenders run in turn on one core, and nginx on the other. Medians,
/// because a machine is never quite quiet; ratios of each round, because the machine's speed drifts by more than the contenders differ.
/// </summary>
internal sealed class CpuPerProbe : IBenchmark
{
    // Until the runtime has compiled the hot paths in their final form, for the figure of a program that runs for weeks.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(40);

    // After a pause everything is due at once.
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(3);

    private const double LeastAccepted = 0.99;

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var options = workshop.Options;
        var native = await NativeClient.CompileAsync(workshop, cancellation).ConfigureAwait(false);
        var table = new Table(
            ["key, TLS", .. workshop.Variants.Select(variant => variant.Name), "C, one by one", "C, same pace", "blackbox", "/ C one by one", "/ C same pace", "/ blackbox"]);
        foreach (var key in options.Keys)
        {
            foreach (var tls in options.TlsVersions)
            {
                var (ours, theirs) = await CompareAsync(workshop, native, key, tls, cancellation).ConfigureAwait(false);
                table.Add(
                [
                    $"{(key == KeyKind.Rsa ? "RSA-2048" : "ECDSA P-256")}, {tls}",
                    .. ours.Concat(theirs).Select(rounds => Table.Number(Table.Median(rounds) * 1000, "0.000")),
                    .. theirs.Select(contender => Ratios(ours[0], contender)),
                ]);
            }
        }

        table.Print($"CPU milliseconds (user + system) per probe: {options.Rate} probes a second, median of {options.Rounds} × {options.Duration.TotalSeconds:0} s");
    }

    /// <summary>The median of the ratios of neighbouring windows, and the smallest and the largest of them.</summary>
    private static string Ratios(List<double> ours, List<double> theirs)
    {
        var ratios = ours.Zip(theirs, (mine, other) => mine / other).ToArray();
        return $"{Table.Number(Table.Median(ratios), "0.00")} ({Table.Number(ratios.Min(), "0.00")}-{Table.Number(ratios.Max(), "0.00")})";
    }

    private static async Task<(List<double>[] Ours, List<double>[] Theirs)> CompareAsync(
        Workshop workshop, NativeClient native, KeyKind key, string tls, CancellationToken cancellation)
    {
        var options = workshop.Options;
        var (pki, count) = (workshop.Pki(key), (int)(options.Rate * options.Duration.TotalSeconds));
        using var nginx = await Nginx.StartAsync(workshop, key, tls, cancellation).ConfigureAwait(false);
        using var blackbox = await Blackbox.StartAsync(workshop, pki, cancellation).ConfigureAwait(false);
        var configuration = ProbeServer.Configuration(workshop, pki, options.Rate * 5, "5s", "5s", i => $"{Nginx.Address(i)}:{nginx.Port}");
        using var servers = new ProbeServers();
        foreach (var variant in workshop.Variants)
        {
            var server = await ProbeServer.StartAsync(workshop, variant, workshop.ProberCore, configuration, cancellation).ConfigureAwait(false);
            servers.Add(server);
            await server.UntilAsync(scrape => scrape.Accepted >= options.Rate * 5, TimeSpan.FromSeconds(60), cancellation).ConfigureAwait(false);
            await Task.Delay(WarmUp, cancellation).ConfigureAwait(false);
            server.Pause();
        }

        await blackbox.RunAsync(nginx.Port, count: 100, options.Rate, cancellation).ConfigureAwait(false);
        var ours = servers.Select(_ => new List<double>()).ToArray();
        List<double>[] theirs = [[], [], []];
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var i = 0; i < ours.Length; i++) ours[i].Add(await MeasureAsync(servers[i], options.Duration, cancellation).ConfigureAwait(false));
            theirs[0].Add(await native.RunAsync(pki, nginx.Port, count, rate: 0, cancellation).ConfigureAwait(false));
            theirs[1].Add(await native.RunAsync(pki, nginx.Port, count, options.Rate, cancellation).ConfigureAwait(false));
            theirs[2].Add(await blackbox.RunAsync(nginx.Port, count, options.Rate, cancellation).ConfigureAwait(false));
            Console.Error.WriteLine(
                $"{key} {tls} round {round + 1}: {string.Join("  ", ours.Concat(theirs).Select(list => Table.Number(list[^1] * 1000, "0.000")))}");
        }

        return (ours, theirs);
    }

    /// <summary>
    /// CPU seconds per probe. They include the scrape that ends the measurement, because an exporter is scraped too. The measurement is repeated if
    /// the machine was too busy for the probes to succeed.
    /// </summary>
    private static async Task<double> MeasureAsync(ProbeServer server, TimeSpan duration, CancellationToken cancellation)
    {
        server.Resume();
        while (true)
        {
            await Task.Delay(Recovery, cancellation).ConfigureAwait(false);
            var before = await server.ScrapeAsync(cancellation).ConfigureAwait(false);
            var start = ProcFile.CpuSeconds(server.Pid);
            await Task.Delay(duration, cancellation).ConfigureAwait(false);
            var after = await server.ScrapeAsync(cancellation).ConfigureAwait(false);
            var used = ProcFile.CpuSeconds(server.Pid) - start;
            var (probes, accepted) = (after.Probes - before.Probes, after.Accepted - before.Accepted);
            if (accepted >= probes * LeastAccepted)
            {
                server.Pause();
                return used / accepted;
            }

            Console.Error.WriteLine($"{probes - accepted} of {probes} probes were not accepted; the machine is too busy, measuring again");
        }
    }

    /// <summary>Servers that end together.</summary>
    private sealed class ProbeServers : List<ProbeServer>, IDisposable
    {
        public void Dispose() => ForEach(server => server.Dispose());
    }
}
