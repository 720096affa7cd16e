using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>The facts that an operator needs most when something is wrong are still in the metrics then.</summary>
[Collection(RealServersTests.Name)]
public sealed class FactsSurviveTests(ServerRange range, FactsSurviveTests.Scrape scrape) : IClassFixture<FactsSurviveTests.Scrape>
{
    private static readonly (string Server, string Certificate, string Identity)[] Cases =
    [
        .. from server in (string[])["nginx-http", "nginx-stream", "haproxy-tcp", "kestrel-https"]
           from certificate in (string[])["good", "expired", "wrong_name", "untrusted_issuer"]
           from identity in (string[])["good", "none", "expired", "wrong_ca"]
           select (server, certificate, identity),
    ];

    public static TheoryData<string, string, string> Rows => Cases.ToRows();

    [RealServersTheory]
    [MemberData(nameof(Rows))]
    public async Task Expiry_and_serial_are_available_whatever_the_outcome(string server, string certificate, string identity)
    {
        var metrics = await scrape.Metrics(range);
        var target = ("target", Target(server, certificate, identity));
        var leaf = range.Pki.Servers[certificate].Leaf;

        Assert.Equal(certificate == "good" && identity == "good" ? 1 : 0, metrics.Value("mtlsprobe_success", target));
        Assert.Equal(leaf.NotAfter.ToUnixTimeSeconds(), metrics.Value("mtlsprobe_server_certificate_not_after_timestamp_seconds", target, ("position", "leaf")));
        Assert.Equal(1, metrics.Value("mtlsprobe_server_certificate_info", target, ("position", "leaf"), ("serial", leaf.Serial)));
        Assert.Equal(1, metrics.Value("mtlsprobe_presented_serial_info", target, ("side", "server"), ("serial", leaf.Serial)));
        Assert.Equal(1, metrics.Value("mtlsprobe_client_certificate_requested", target));
        Assert.Equal(certificate == "good" ? 1 : 0, metrics.Value("mtlsprobe_chain_valid", target));
        if (identity != "none")
        {
            var serial = range.Pki.Clients[identity].Serial;
            Assert.Equal(1, metrics.Value("mtlsprobe_presented_serial_info", target, ("side", "client"), ("serial", serial)));
        }
    }

    [RealServersFact]
    public async Task Our_own_credentials_show_their_expiry_whether_or_not_they_are_accepted()
    {
        var metrics = await scrape.Metrics(range);
        foreach (var (name, client) in range.Pki.Clients)
        {
            Assert.Equal(
                client.NotAfter.ToUnixTimeSeconds(),
                metrics.Value("mtlsprobe_client_certificate_not_after_timestamp_seconds", ("identity", name), ("slot", "current"), ("position", "leaf")));
            Assert.Equal(1, metrics.Value("mtlsprobe_identity_loaded", ("identity", name)));
        }
    }

    private static string Target(string server, string certificate, string identity) => $"{server}-{certificate}-{identity}";

    /// <summary>One scrape, after the first round, for all rows.</summary>
    public sealed class Scrape
    {
        private Task<MetricsText>? _metrics;

        internal Task<MetricsText> Metrics(ServerRange range) => _metrics ??= Take(range);

        private static async Task<MetricsText> Take(ServerRange range)
        {
            var targets =
                from c in Cases
                let endpoint = range[c.Server, c.Certificate]
                select new TargetEntry(Target(c.Server, c.Certificate, c.Identity), endpoint.Port) { Protocol = endpoint.Protocol, Identity = c.Identity };
            var file = new ConfigFile(range.Files, [.. targets]) { FileName = "facts.yml" }.WriteTo(range.Workspace);
            await using var exporter = await Exporter.Start(file);
            await exporter.Ready();
            return await exporter.Scrape();
        }
    }
}
