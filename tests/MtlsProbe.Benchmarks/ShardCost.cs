using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Config;
using MtlsProbe.Discovery;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// The cost for a shard to choose its targets among 100,000, and the memory that it keeps for the targets of the others. No handshake is made.
/// </summary>
internal sealed class ShardCost : IBenchmark
{
    private const int Targets = 100_000;
    private const int Runs = 11;

    private static readonly Shard s_tenth = new(1, 10);

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var names = Enumerable.Range(0, Targets).Select(Name).ToArray();
        var choice = new Table("100,000 targets", "ms, median", "ms, worst", "targets of a shard, fewest and most");
        foreach (var count in (int[])[4, 10, 100, Shard.Most])
        {
            var times = new List<double>();
            var shares = new int[count];
            for (var run = 0; run <= Runs; run++)
            {
                Array.Clear(shares);
                var start = Stopwatch.GetTimestamp();
                foreach (var name in names) shares[Rendezvous.Choose(name, count) - 1]++;
                if (run > 0) times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds); // the first warms up
            }

            choice.Add($"{count} shards", Table.Number(Table.Median(times), "0.0"), Table.Number(times.Max(), "0.0"), string.Create(CultureInfo.InvariantCulture, $"{shares.Min():N0}, {shares.Max():N0}"));
        }

        choice.Print("Choosing the targets of a shard");

        Write(workshop);
        var kept = new Table("100,000 targets found in a file", "probed", "MB of the heap", "ms to join the list again, median");
        foreach (var shard in (Shard?[])[null, s_tenth]) await KeepAsync(workshop, shard, kept, cancellation).ConfigureAwait(false);
        kept.Print("What a shard keeps");
    }

    private static async Task KeepAsync(Workshop workshop, Shard? shard, Table table, CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromSeconds(3), cancellation).ConfigureAwait(false); // until nothing keeps the fleet before
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var file = workshop.Write("shards.yml", "discovery: [{ name: fleet, file: { files: [targets.json] }, target: { protocol: tls, interval: 1m } }]\n");
        var read = ConfigurationFile.Load(file, BuiltInProtocols.All);
        if (read.Configuration is null) throw new BenchmarkException("the configuration is not accepted");
        var stack = new ProbeStack(TimeProvider.System, NullLoggerFactory.Instance) { Probe = (_, _, stop) => Never(stop), Resolve = (_, _) => Task.FromResult<IPAddress[]>([]) };
        using var fleet = new Fleet(stack, file, read, new BuildInfo("", "", "", ""), shard);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = fleet.RunAsync(stop.Token);
        while (fleet.Configuration.Targets.Count < Targets) await Task.Delay(100, cancellation).ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromSeconds(1), cancellation).ConfigureAwait(false); // until the plan is made too
        var heap = GC.GetTotalMemory(forceFullCollection: true) - before;

        var set = new TargetSet("fleet").Found(fleet.Configuration.Targets, TimeProvider.System.GetUtcNow());
        var times = new List<double>();
        for (var run = 0; run < Runs; run++)
        {
            var start = Stopwatch.GetTimestamp();
            _ = TargetSets.Merged([set], shard);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        table.Add(
            shard is null ? "one process" : $"shard {shard}", fleet.Snapshot().Targets.Count.ToString("N0", CultureInfo.InvariantCulture),
            Table.Number(heap / 1e6, "0.0"), Table.Number(Table.Median(times), "0.0"));
        await stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
    }

    private static async Task<ProbeResult> Never(CancellationToken stop)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
        throw new UnreachableException();
    }

    private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"10.{index >> 16}.{(index >> 8) & 255}.{index & 255}:443");

    private static void Write(Workshop workshop)
    {
        var text = new StringBuilder("[{\"targets\":[");
        for (var i = 0; i < Targets; i++) text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "," : "")}\"{Name(i)}\"");
        File.Move(workshop.Write("targets", text.Append("],\"labels\":{\"team\":\"money\"}}]").ToString()), workshop.PathOf("targets.json"));
    }
}
