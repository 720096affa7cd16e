using System.Globalization;
using System.Net;
using System.Text;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>A large fleet whose targets come and go all the time.</summary>
[Collection(AloneTests.Name)]
public sealed class FoundFleetTests : IDisposable
{
    private const int Targets = 10_000;
    private const int Changed = 100;
    private const int Rounds = 10;

    private readonly Workspace _workspace = new("found");

    public void Dispose() => _workspace.Dispose();

    /// <summary>Nothing listens at the ports, so a probe costs one refused connection.</summary>
    [Fact]
    public async Task A_hundred_of_ten_thousand_are_replaced_in_each_round_and_no_probe_of_the_others_is_late_or_lost()
    {
        Write(0);
        await using var exporter = await Exporter.Start(_workspace.Write("mtlsprobe.yml", """
            discovery: [{ name: fleet, file: { files: [targets.json] }, target: { protocol: tls, interval: 1m, timeout: 5s, control: false } }]
            """));
        await exporter.Ready();
        var stays = Name(Targets / 2);
        Assert.Equal(Targets, (await exporter.Scrape()).Text.Split('\n').Count(line => line.StartsWith("mtlsprobe_target_info{", StringComparison.Ordinal)));
        var before = Resident(exporter);

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

        // Of the due targets, at most one in a hundred may have waited for a second core.
        var late = Late(text);
        Assert.True(late < 0.01, FormattableString.Invariant($"{late:P1} of the probes began more than a second late"));
        var after = Resident(exporter);
        Assert.True(after < 1.5 * before, FormattableString.Invariant($"{before:N0} became {after:N0} MB"));
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

    private static double Late(string text)
    {
        var (all, inTime) = (Sample("mtlsprobe_schedule_lag_seconds_count"), Sample("mtlsprobe_schedule_lag_seconds_bucket{le=\"1.0\"}"));
        return all == 0 ? 0 : (all - inTime) / all;

        double Sample(string series) => text.Split('\n').Where(line => line.StartsWith(series + " ", StringComparison.Ordinal)).Select(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)).Single();
    }

    private static double Resident(Exporter exporter) =>
        double.Parse(File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{exporter.Process.Id}/status")).Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;

    /// <summary>The first hundreds go, and as many are added at the end. Written as a generator does it: a new file is renamed over the old one.</summary>
    private void Write(int round)
    {
        var text = new StringBuilder("[");
        for (var i = round * Changed; i < Targets + (round * Changed); i++)
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 1 ? "," : "")}{{\"targets\":[\"127.{i / 60000}.{i / 250 % 240}.{(i % 250) + 1}:1\"],\"labels\":{{\"name\":\"{Name(i)}\",\"team\":\"t{i % 7}\"}}}}\n");
        File.Move(_workspace.Write("next", text.Append(']').ToString()), _workspace.PathOf("targets.json"), overwrite: true);
    }
}
