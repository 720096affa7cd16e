using System.Globalization;
using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using Xunit.Abstractions;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>
/// Ten thousand handshakes, good, refused and broken at every stage, leave nothing behind. They are made in idle time, because nothing here depends
/// on times.
/// </summary>
public sealed class LeakTests(ITestOutputHelper output)
{
    private const int Handshakes = 10_000;

    /// <summary>By then, code is compiled, pools are filled, and every target has been probed many times.</summary>
    private const int WarmUp = 6_000;

    /// <summary>
    /// The heap grows and shrinks between full collections, which are rare while memory is plentiful. Therefore the lowest use during this many
    /// handshakes counts.
    /// </summary>
    private const int Window = 3_000;

    /// <summary>
    /// The heap is limited to 128 MiB and collected after each 4 MiB, so many times in each window. The runtime requires hexadecimal.
    /// </summary>
    private static readonly Dictionary<string, string> HeapLimit = new() { ["DOTNET_GCHeapHardLimit"] = "8000000", ["DOTNET_GCgen0size"] = "400000" };

    /// <summary>One SSL object, certificate chain or buffer that leaks in each handshake would be several times more.</summary>
    private const double MostGrowth = 40 << 20; // bytes

    private static readonly (string Name, int Count, Func<FleetServers, int, TargetEntry> Target)[] Kinds =
    [
        ("good-13", 60, (servers, i) => new TargetEntry($"good-13-{i}", servers.FirstPort + i) { Version = "1.3" }),
        ("good-12", 60, (servers, i) => new TargetEntry($"good-12-{i}", servers.FirstPort + i) { Version = "1.2" }),
        ("refused-13", 60, (servers, i) => new TargetEntry($"refused-13-{i}", servers.FirstPort + i) { Identity = "wrong_ca", Version = "1.3" }),
        ("refused-12", 60, (servers, i) => new TargetEntry($"refused-12-{i}", servers.FirstPort + i) { Identity = "none", Version = "1.2" }),
        ("untrusting", 60, (servers, i) => new TargetEntry($"untrusting-{i}", servers.FirstPort + i) { ServerName = "elsewhere.test" }),
    ];

    /// <summary>Faults that end at once: a fault that lasts until the deadline would only take time.</summary>
    private static readonly string[] Breaks =
    [
        "speaks HTTP without TLS", "sends garbage that begins like TLS", "closes at once", "resets after the ClientHello",
        "closes in the ServerHello, TLS 1.2", "resets in the ServerHello, TLS 1.3", "resets after its flight, TLS 1.3",
        "closes after the client's flight, TLS 1.2", "resets after the client's flight, TLS 1.3", "closes after the handshake, TLS 1.3",
    ];

    [RealServersFact]
    public async Task Memory_files_and_threads_stay_flat_over_ten_thousand_handshakes()
    {
        var (warm, end, targets) = await Run();

        output.WriteLine($"after {WarmUp}: {warm}\nafter {WarmUp + Handshakes}: {end}");
        Assert.True(end.Resident - warm.Resident < MostGrowth, $"the lowest memory use grew from {warm} to {end}");
        Assert.True(end.Files <= warm.Files + targets / 4, $"open files grew from {warm} to {end}");
        Assert.True(end.Threads <= warm.Threads + 10, $"threads grew from {warm} to {end}");
        Assert.All(Kinds, kind => Assert.True(end.PerKind[kind.Name] > Handshakes / 20, $"only {end.PerKind[kind.Name]} of {kind.Name}"));
        Assert.True(end.PerKind["broken"] > Handshakes / 20, $"only {end.PerKind["broken"]} broken");
    }

    /// <summary>The use after the warm-up, and at the end.</summary>
    private static async Task<(Usage Warm, Usage End, int Targets)> Run()
    {
        await using var servers = await FleetServers.Start("leak", 60, isIdle: true);
        await using var broken = new FaultRange(Enumerable.Repeat(FaultRange.All.Where(fault => Breaks.Contains(fault.Name)), 10).SelectMany(f => f));
        TargetEntry[] targets =
        [
            .. Kinds.SelectMany(kind => Enumerable.Range(0, kind.Count).Select(i => kind.Target(servers, i))),
            .. broken.Targets.Select((target, i) => target with { Name = $"broken-{i}", More = ["timeout: 1s"] }),
        ];
        await using var exporter = await Exporter.StartIdle(
            new ConfigFile(servers.Files, targets) { Interval = "1s", Timeout = "1s" }.WriteTo(servers.Workspace), HeapLimit);

        var warm = await Figures(exporter, WarmUp);
        var end = await Figures(exporter, WarmUp + Handshakes);
        return (warm, end, targets.Length);
    }

    private static async Task<Usage> Figures(Exporter exporter, int handshakes)
    {
        var least = double.PositiveInfinity;
        var metrics = await exporter.Until(
            m =>
            {
                var made = m.Sum("mtlsprobe_handshakes_total");
                if (made >= handshakes - Window) least = Math.Min(least, m.Value("process_resident_memory_bytes")!.Value);
                return made >= handshakes;
            },
            $"{handshakes} handshakes",
            TimeSpan.FromMinutes(4));
        var status = await File.ReadAllLinesAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{exporter.Process.Id}/status"));
        var threads = int.Parse(status.Single(line => line.StartsWith("Threads:", StringComparison.Ordinal)).Split('\t')[1], CultureInfo.InvariantCulture);
        var perKind = metrics.All("mtlsprobe_handshakes_total")
            .GroupBy(series => Kind(series.Labels["target"]))
            .ToDictionary(group => group.Key, group => group.Sum(series => series.Value));
        return new Usage(least, metrics.Value("process_open_fds")!.Value, threads, perKind);
    }

    private static string Kind(string target) => target[..target.LastIndexOf('-')];

    private sealed record Usage(double Resident, double Files, int Threads, Dictionary<string, double> PerKind)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Resident / (1 << 20):F1} MiB, {Files} files, {Threads} threads");
    }
}
