using System.Globalization;
using System.Net;
using System.Text;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>A large fleet whose targets come and go all the time.</summary>
public sealed class FoundFleetTests : IDisposable
{
    private const int Targets = 10_000;
    private const int Changed = 100;
    private const int Rounds = 2;

    private readonly Workspace _workspace = new("found");

    public void Dispose() => _workspace.Dispose();

    /// <summary>Nothing listens at the ports, so a probe costs one refused connection.</summary>
    [Fact]
    public async Task A_hundred_of_ten_thousand_are_replaced_in_each_round_and_the_others_keep_their_schedule()
    {
        Write(0);
        await using var exporter = await Exporter.Start(_workspace.Write("mtlsprobe.yml", """
            discovery: [{ name: fleet, file: { files: [targets.json] }, target: { protocol: tls, interval: 1m, timeout: 5s, control: false } }]
            """));
        await exporter.Ready();
        var stays = Name(Targets / 2);
        Assert.Equal(Targets, (await exporter.Scrape()).Text.Split('\n').Count(line => line.StartsWith("mtlsprobe_target_info{", StringComparison.Ordinal)));

        for (var round = 1; round <= Rounds; round++)
        {
            Write(round);
            var (gone, came) = (Name((round - 1) * Changed), Name(Targets + (round * Changed) - 1));
            await Until(exporter, gone, HttpStatusCode.NotFound);
            await Until(exporter, came, HttpStatusCode.OK);
        }

        var text = (await exporter.Scrape()).Text;
        Assert.Equal(Targets, text.Split('\n').Count(line => line.StartsWith("mtlsprobe_target_info{", StringComparison.Ordinal)));
        Assert.Contains($"mtlsprobe_discovery_targets{{source=\"fleet\"}} {Targets}\n", text, StringComparison.Ordinal);
        Assert.Contains("mtlsprobe_probes_skipped_total 0\n", text, StringComparison.Ordinal);
        Assert.Contains($"mtlsprobe_handshakes_total{{target=\"{stays}\"", text, StringComparison.Ordinal);
    }

    private static async Task Until(Exporter exporter, string target, HttpStatusCode status)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await exporter.Send(HttpMethod.Get, $"/api/v1/targets/{target}?limit=1")).Status != status)
        {
            Assert.False(deadline.IsCancellationRequested, $"{target} is not {status}");
            await Task.Delay(100);
        }
    }

    private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"t{index:00000}");

    /// <summary>The first hundreds go, and as many are added at the end. Written as a generator does it: a new file is renamed over the old one.</summary>
    private void Write(int round)
    {
        var text = new StringBuilder("[");
        for (var i = round * Changed; i < Targets + (round * Changed); i++)
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 1 ? "," : "")}{{\"targets\":[\"127.{i / 60000}.{i / 250 % 240}.{(i % 250) + 1}:1\"],\"labels\":{{\"name\":\"{Name(i)}\",\"team\":\"t{i % 7}\"}}}}\n");
        File.Move(_workspace.Write("next", text.Append(']').ToString()), _workspace.PathOf("targets.json"), overwrite: true);
    }
}
