namespace MtlsProbe.Benchmarks;

/// <summary>The memory of the process: almost idle, and with 1,000 and 10,000 healthy targets.</summary>
internal sealed class ResidentMemory : IBenchmark
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var table = new Table("mtlsprobe serve", "resident MB", "of it anonymous MB", "threads");
        using var nginx = await Nginx.StartAsync(workshop, KeyKind.Ecdsa, "1.3", cancellation).ConfigureAwait(false);
        foreach (var (what, targets, interval, rounds) in new[] { ("idle: one target, once an hour", 1, "1h", 1), ("1,000 targets at 10 s", 1000, "10s", 4), ("10,000 targets at 5 min", 10_000, "5m", 1) })
        {
            foreach (var variant in workshop.Variants)
            {
                var configuration = ProbeServer.Configuration(
                    workshop, workshop.Pki(KeyKind.Ecdsa), targets, interval, "5s", i => $"{Nginx.Address(i)}:{nginx.Port}");
                using var server = await ProbeServer.StartAsync(workshop, variant, workshop.AllCores, configuration, cancellation).ConfigureAwait(false);
                await server.UntilAsync(scrape => scrape.Accepted >= targets * rounds, Patience, cancellation).ConfigureAwait(false);
                var (resident, anonymous) = (ProcFile.Memory(server.Pid, "VmRSS"), ProcFile.Memory(server.Pid, "RssAnon"));
                var name = workshop.Variants.Count > 1 ? $"{what} ({variant.Name})" : what;
                table.Add(name, Table.Number(resident / 1e6, "0.0"), Table.Number(anonymous / 1e6, "0.0"), $"{ProcFile.Threads(server.Pid)}");
            }
        }

        table.Print("Memory");
    }
}
