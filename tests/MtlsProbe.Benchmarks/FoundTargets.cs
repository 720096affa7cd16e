using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// Ten minutes of a fleet in which a hundred targets are replaced each minute, in a watched file: how late the probes of the others are, and how much
/// the heap keeps. No handshake is made.
/// </summary>
internal sealed class FoundTargets : IBenchmark
{
    private const int Targets = 10_000;
    private const int Replaced = 100;
    private const int Minutes = 10;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, (long At, int Probes)> _last = new(StringComparer.Ordinal); // when a target was probed last, and how often
    private long _worst; // ticks of a probe that was late
    private long _late; // probes that were late by more than a second
    private long _probes;

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        Write(workshop, 0);
        var file = workshop.Write("found.yml", "discovery: [{ name: fleet, file: { files: [targets.json] }, target: { protocol: tls, interval: 30s } }]\n");
        var read = ConfigurationFile.Load(file, BuiltInProtocols.All);
        if (read.Configuration is null) throw new BenchmarkException("the configuration is not accepted");
        var stack = new ProbeStack(TimeProvider.System, NullLoggerFactory.Instance) { Probe = AcceptAsync, Resolve = (_, _) => Task.FromResult<IPAddress[]>([]) };
        using var fleet = new Fleet(stack, file, read, new BuildInfo("", "", "", ""));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = fleet.RunAsync(stop.Token);
        while (!fleet.Ready) await Task.Delay(100, cancellation).ConfigureAwait(false);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var minute = 1; minute <= Minutes; minute++)
        {
            Write(workshop, minute);
            await Task.Delay(TimeSpan.FromMinutes(1), cancellation).ConfigureAwait(false);
        }

        var after = GC.GetTotalMemory(forceFullCollection: true);
        var snapshot = fleet.Snapshot();
        if (snapshot.Targets.Count != Targets || snapshot.Targets[^1].Name != Name(Targets + (Minutes * Replaced) - 1)) throw new BenchmarkException("the changes are not in effect");
        await stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        var table = new Table("10,000 targets at 30 s, 100 replaced a minute, 10 minutes", "probes", "late by 1 s", "worst, ms", "skipped", "heap before, MB", "after");
        table.Add(
            "found in a file", _probes.ToString("N0", CultureInfo.InvariantCulture), _late.ToString("N0", CultureInfo.InvariantCulture), Table.Number(TimeSpan.FromTicks(_worst).TotalMilliseconds, "0"),
            snapshot.Scheduler.Skipped.ToString("N0", CultureInfo.InvariantCulture), Table.Number(before / 1e6, "0.0"), Table.Number(after / 1e6, "0.0"));
        table.Print("Targets that come and go");
    }

    private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"t{index:00000}");

    private static void Write(Workshop workshop, int minute)
    {
        var text = new StringBuilder();
        for (var i = minute * Replaced; i < Targets + (minute * Replaced); i++)
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? "," : "[")}{{\"targets\":[\"{Nginx.Address(i)}:443\"],\"labels\":{{\"name\":\"{Name(i)}\",\"team\":\"t{i % 7}\"}}}}\n");
        File.Move(workshop.Write("next", text.Append(']').ToString()), workshop.PathOf("targets.json"), overwrite: true);
    }

    private Task<ProbeResult> AcceptAsync(ProbeJob job, ProbeRun run, CancellationToken stop)
    {
        var now = Stopwatch.GetTimestamp();
        Interlocked.Increment(ref _probes);

        // The first probe comes early. From the second one on, probes come at the phase of the target.
        if (_last.TryGetValue(job.Key.Target, out var last) && last.Probes > 1 && Stopwatch.GetElapsedTime(last.At, now) is var gap && gap > s_interval)
        {
            var lateness = gap - s_interval;
            if (lateness > TimeSpan.FromSeconds(1)) Interlocked.Increment(ref _late);
            for (long worst; lateness.Ticks > (worst = Interlocked.Read(ref _worst)) && Interlocked.CompareExchange(ref _worst, lateness.Ticks, worst) != worst;)
            {
            }
        }

        _last[job.Key.Target] = (now, last.Probes + 1);
        return Task.FromResult(new ProbeResult
        {
            Target = job.Key.Target, Address = job.Key.Address, Identity = job.Key.Identity, Slot = job.Key.Slot, Expect = job.Key.Expect,
            At = TimeProvider.System.GetUtcNow(), Outcome = Outcome.Accepted, Success = true, Timings = new Timings { Total = 0 },
        });
    }
}
