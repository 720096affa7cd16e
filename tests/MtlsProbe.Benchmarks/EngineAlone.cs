using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Values;

namespace MtlsProbe.Benchmarks;

/// <summary>The prober without schedule, store and web, inside this process: what a probe costs and allocates; useful for a profiler.</summary>
internal sealed class EngineAlone : IBenchmark
{
    private const int WarmUp = 2000;

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        Machine.PinThisProcess(workshop.ProberCore);
        var native = await NativeClient.CompileAsync(workshop, cancellation).ConfigureAwait(false);
        var table = new Table("key, TLS", "CPU ms per probe", "of it system", "C, one by one", "ratio", "kB allocated per probe", "collections per 1,000");
        foreach (var key in workshop.Options.Keys)
        {
            foreach (var tls in workshop.Options.TlsVersions)
            {
                using var nginx = await Nginx.StartAsync(workshop, key, tls, cancellation).ConfigureAwait(false);
                table.Add(await MeasureAsync(workshop, native, key, tls, nginx, cancellation).ConfigureAwait(false));
            }
        }

        table.Print("The engine alone, 50 in flight");
        Machine.PinThisProcess(workshop.ServerCore);
    }

    private static async Task<string[]> MeasureAsync(
        Workshop workshop, NativeClient native, KeyKind key, string tls, Nginx nginx, CancellationToken cancellation)
    {
        var file = ProbeServer.Configuration(workshop, workshop.Pki(key), 50, "10s", "10s", i => $"{Nginx.Address(i)}:{nginx.Port}");
        var configuration = ConfigurationFile.Load(file, BuiltInProtocols.All).Configuration ?? throw new BenchmarkException("the configuration is not accepted");
        var stack = new ProbeStack(TimeProvider.System, NullLoggerFactory.Instance);
        stack.Materials.Follow(configuration);
        var prober = stack.Prober;
        var jobs = ProbePlan.Empty.Next(configuration.Targets, stack.Materials.Handle, _ => null).Jobs.ToValueList();

        await ProbeAsync(prober, jobs, WarmUp, cancellation).ConfigureAwait(false);
        var count = (int)(workshop.Options.Rate * workshop.Options.Duration.TotalSeconds);
        List<double> ours = [], system = [], theirs = [];
        var (bytes, collections) = (GC.GetTotalAllocatedBytes(), GC.CollectionCount(0));
        for (var round = 0; round < workshop.Options.Rounds; round++)
        {
            var before = Environment.CpuUsage;
            await ProbeAsync(prober, jobs, count, cancellation).ConfigureAwait(false);
            var after = Environment.CpuUsage;
            ours.Add((after.TotalTime - before.TotalTime).TotalMilliseconds / count);
            system.Add((after.PrivilegedTime - before.PrivilegedTime).TotalMilliseconds / count);
            theirs.Add(1000 * await native.RunAsync(workshop.Pki(key), nginx.Port, count, rate: 0, cancellation).ConfigureAwait(false));
        }

        var total = count * workshop.Options.Rounds;
        return
        [
            $"{(key == KeyKind.Rsa ? "RSA-2048" : "ECDSA P-256")}, {tls}",
            Table.Number(Table.Median(ours), "0.000"),
            Table.Number(Table.Median(system), "0.000"),
            Table.Number(Table.Median(theirs), "0.000"),
            Table.Number(Table.Median(ours) / Table.Median(theirs), "0.00"),
            Table.Number((GC.GetTotalAllocatedBytes() - bytes) / 1000.0 / total, "0.0"),
            Table.Number((GC.CollectionCount(0) - collections) * 1000.0 / total, "0.0"),
        ];
    }

    private static async Task ProbeAsync(Prober prober, ValueList<ProbeJob> jobs, int count, CancellationToken cancellation)
    {
        var left = count;
        await Task.WhenAll(jobs.Select(LoopAsync)).ConfigureAwait(false);

        async Task LoopAsync(ProbeJob job)
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var result = await prober.ProbeAsync(job, ProbeTime.Strict(job.Target.Timeout), cancellation).ConfigureAwait(false);
                if (!result.Success) throw new BenchmarkException($"a probe failed: {result.Failure?.Detail}");
            }
        }
    }
}
