using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Demo;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>Servers that present certificates of the costliest kind, a different one each time, each behind many targets.</summary>
public sealed class HostileMemoryTests
{
    private const int Servers = 6;
    private const int Targets = 96;
    private const int Handshakes = 250;

    /// <summary>All of them together took 100 MB when each cost as much as its names as text.</summary>
    private const int CertificatesOfOne = 16;

    /// <summary>48 MiB. The runtime requires hexadecimal.</summary>
    private static readonly Dictionary<string, string> HeapLimit = new() { ["DOTNET_GCHeapHardLimit"] = "3000000" };

    [Fact]
    public async Task The_costliest_certificates_of_many_servers_do_not_end_the_process_and_their_facts_are_reported()
    {
        using var workspace = new Workspace("hostile-memory");
        var hostile = Enumerable.Range(0, Servers).Select(_ => new CrowdedServer()).ToList();
        TargetEntry[] targets = [.. Enumerable.Range(0, Targets).Select(i => new TargetEntry($"evil-{i}", hostile[i % Servers].Port) { ServerName = "last.test" })];
        await using var exporter = await Exporter.Start(
            new ConfigFile(new PkiFiles(workspace, TestPki.Shared), targets) { Interval = "1s", Timeout = "1s" }.WriteTo(workspace), HeapLimit);

        var metrics = await exporter.Until(
            m => m.Sum("mtlsprobe_handshakes_total") >= Handshakes && m.All("mtlsprobe_server_certificate_info").Count >= Targets,
            $"{Handshakes} handshakes");

        var limit = metrics.Value("mtlsprobe_peer_memory_limit_bytes")!.Value;
        Assert.InRange(metrics.Sum("mtlsprobe_peer_memory_bytes"), 1, limit * 3 / 2);
        Assert.Equal(0, metrics.All("mtlsprobe_chain_error").Count(series => series.Labels["error"] == "name_mismatch"));
        foreach (var server in hostile) await server.DisposeAsync();
    }

    /// <summary>Presents its certificates in turn, so no target sees the same one twice.</summary>
    private sealed class CrowdedServer : IAsyncDisposable
    {
        private static readonly X509Extension s_names = CrowdedCertificate.AlternativeNames("last.test");
        private static readonly TestCertificate s_model = Mint(null);
        private static readonly PrivateKey s_key = PrivateKey.Of(s_model.Key);

        private readonly TlsServer _server = new(Parameters(), Behaviours.CloseWithClient, TimeProvider.System);

        public CrowdedServer() => _server.Replace(Enumerable.Range(0, CertificatesOfOne).Select(_ => Parameters()));

        public int Port => _server.Port;

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        private static TestCertificate Mint(TestCertificate? model) =>
            TestCertificate.SelfSigned(TestTemplate.Server("crowded") with { Dns = [], More = [s_names], Key = model?.Key, KeyIdentifiers = false });

        private static ServerParameters Parameters() => new()
        {
            Chain = [Mint(s_model).Der],
            Key = s_key,
            ClientAuthentication = ClientAuthentication.Required,
            ClientAnchors = [s_model.Der],
        };
    }
}
