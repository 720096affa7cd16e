using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Serve;

namespace MtlsProbe.EndToEnd.Rotation;

/// <summary>Credentials are swapped and the configuration is reloaded, again and again, while a fleet is probed with them.</summary>
public sealed class SwapTests : IAsyncLifetime
{
    private const int Targets = 40;
    private const int Rounds = 3;
    private const int SwapsPerRound = 30;

    private FleetServers _servers = null!;

    public async Task InitializeAsync()
    {
        if (RealServers.Missing is null) _servers = await FleetServers.Start("swaps", Targets);
    }

    public async Task DisposeAsync()
    {
        if (RealServers.Missing is null) await _servers.DisposeAsync();
    }

    [RealServersFact]
    public async Task Swaps_under_load_mix_no_pair_and_lose_no_count()
    {
        var plain = new CredentialFiles(_servers.Workspace, "plain", CredentialForm.TwoFiles);
        var secret = new CredentialFiles(_servers.Workspace, "secret", CredentialForm.Secret);
        List<Issued> credentials = [TestPki.Shared.NewClient("client 0")];
        await Put();
        TargetEntry[] targets = [.. Enumerable.Range(0, Targets).Select(i => new TargetEntry($"target-{i}", _servers.FirstPort + i) { Identity = i % 2 == 0 ? "plain" : "secret" })];
        var configuration = new ConfigFile(_servers.Files, targets)
        {
            Interval = "4s",
            Timeout = "3900ms",
            MoreIdentities = $"  plain:\n    current: {plain.Yaml}\n  secret:\n    current: {secret.Yaml}\n",
        }.WriteTo(_servers.Workspace);
        await using var exporter = await Exporter.Start(configuration);
        await exporter.Ready();
        var counts = new Dictionary<string, double>();

        for (var round = 0; round < Rounds; round++)
        {
            for (var swap = 0; swap < SwapsPerRound; swap++)
            {
                credentials.Add(TestPki.Shared.NewClient($"client {credentials.Count}"));
                await Put();
                if (swap % 10 == 0) Check(await exporter.Scrape());
                await Task.Delay(Random.Shared.Next(100)); // at any moment of a poll and of a probe
            }

            await exporter.Send(HttpMethod.Post, "/-/reload");
            Check(await exporter.Until(
                m => m.All("mtlsprobe_presented_serial_info", ("side", "client"), ("serial", credentials[^1].Serial)).Count == Targets,
                "the last credential at every target", TimeSpan.FromSeconds(90)));
        }

        Assert.DoesNotContain("broken", exporter.Process.Output, StringComparison.Ordinal);

        async Task Put()
        {
            await plain.Put(credentials[^1]);
            await secret.Put(credentials[^1]);
        }

        static string Key(Series series) => $"{series.Labels["target"]} {series.Labels["outcome"]}";

        void Check(MetricsText metrics)
        {
            foreach (var series in metrics.All("mtlsprobe_handshakes_total"))
            {
                // A mixed pair would be refused, or not even be sent; handshakes that a busy machine leaves undecided were not.
                if (series.Labels["outcome"] is "rejected" or "failed") Assert.True(series.Value == 0, series.ToString());
                Assert.True(series.Value >= counts.GetValueOrDefault(Key(series)), $"went down: {series}");
                counts[Key(series)] = series.Value;
            }

            Assert.Equal(4 * Targets, metrics.All("mtlsprobe_handshakes_total").Count);
            Assert.Equal(2, metrics.All("mtlsprobe_identity_loaded").Count(series => series.Labels["identity"] is "plain" or "secret" && series.Value == 1));
            Assert.All(
                metrics.All("mtlsprobe_presented_serial_info", ("side", "client")),
                series => Assert.Contains(credentials, credential => credential.Serial == series.Labels["serial"]));
        }
    }
}
