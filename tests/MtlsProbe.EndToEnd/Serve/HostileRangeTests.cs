using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.Hostile;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>Hostile servers of every kind beside healthy ones: they harm neither the healthy ones, nor the memory and the life of the process.</summary>
public sealed class HostileRangeTests
{
    private const int Rounds = 3;

    /// <summary>64 MiB. The runtime requires hexadecimal.</summary>
    private static readonly Dictionary<string, string> s_heapLimit = new() { ["DOTNET_GCHeapHardLimit"] = "4000000" };

    [Fact]
    public async Task Hostile_servers_of_every_kind_harm_neither_the_healthy_nor_the_process_and_are_never_called_healthy()
    {
        using var workspace = new Workspace("hostile");
        await using var range = new HostileRange("interval: 8s, timeout: 8s"); // even if many tests share the cores
        var configuration = workspace.Write("mtlsprobe.yml", range.Configuration(workspace.Write, interval: "2s", timeout: "2s"));
        await using var exporter = await Exporter.Start(configuration, s_heapLimit);

        var metrics = await exporter.Until(
            m => HostileRange.HealthyTargets.All(target => m.Sum("mtlsprobe_handshakes_total", ("target", target)) >= Rounds)
                && HostileRange.Servers.All(server => m.Sum("mtlsprobe_handshakes_total", ("target", server.Name)) >= Rounds),
            $"{Rounds} rounds", TimeSpan.FromMinutes(3));

        foreach (var target in HostileRange.HealthyTargets)
        {
            Assert.Equal(metrics.Sum("mtlsprobe_handshakes_total", ("target", target)), metrics.Sum("mtlsprobe_handshakes_total", ("target", target), ("outcome", "accepted")));
            Assert.Equal(1, metrics.Value("mtlsprobe_success", ("target", target)));
        }

        foreach (var server in HostileRange.Servers)
        {
            Assert.True(metrics.Value("mtlsprobe_success", ("target", server.Name)) == 0, $"{server.Name} succeeds");
            Assert.Equal(0, metrics.Sum("mtlsprobe_handshakes_total", ("target", server.Name), ("outcome", "accepted")));
            Assert.NotEqual("internal", Assert.Single(metrics.All("mtlsprobe_failure_info", ("target", server.Name))).Labels["class"]);
        }

        // On a busy machine, a hostile server that sends nothing can be due again before its last probe has ended.
        Assert.DoesNotContain(exporter.Process.Output.Split('\n'), line => line.Contains(" healthy-", StringComparison.Ordinal) && line.Contains("further probes are skipped", StringComparison.Ordinal));
        Assert.Equal(0, metrics.Sum("mtlsprobe_internal_errors_total"));
        Assert.InRange(metrics.Sum("mtlsprobe_peer_memory_bytes"), 1, metrics.Value("mtlsprobe_peer_memory_limit_bytes")!.Value * 3 / 2);
        Assert.DoesNotContain("please report it", exporter.Process.Output, StringComparison.Ordinal);
    }
}
