using System.Text;
using System.Text.Json;
using MtlsProbe.OpenSsl;
using MtlsProbe.Tests.Credentials.Spiffe;
using MtlsProbe.Tests.Handshake;

namespace MtlsProbe.Tests.Cli;

/// <summary>The commands, where credential and trust come from a Workload API.</summary>
public sealed class SpiffeProbeTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mtlsprobe-");
    private readonly TestCertificate _client = WorkloadApi.Leaf(SpiffeRig.Authority, SpiffeRig.Id);
    private Peer _peer = null!;
    private WorkloadApi _api = null!;

    private string Address => $"127.0.0.1:{_peer.Port}";

    private string Socket => _api.Endpoint.ToString();

    public async Task InitializeAsync()
    {
        var server = SpiffeRig.Authority.Leaf("server.test");
        _peer = Peer.Tls(
            new ServerParameters
            {
                Chain = [server.Certificate.Der], Key = PrivateKey.Of(server.Key), ClientAuthentication = ClientAuthentication.Required, ClientAnchors = [SpiffeRig.Authority.Certificate.Der],
            },
            async connection =>
            {
                if (!await connection.HandshakeAsync()) return;
                await connection.ReadAsync();
                await connection.CloseTlsAsync();
            });
        _api = await WorkloadApi.StartAsync(WorkloadApi.Of(WorkloadApi.Svid(SpiffeRig.Id, [_client], SpiffeRig.Authority)));
    }

    public async Task DisposeAsync()
    {
        await _peer.DisposeAsync();
        await _api.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task An_address_is_probed_with_the_first_SVID_and_the_bundle_of_its_trust_domain()
    {
        var printed = await Probe("--spiffe", Socket);

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        var record = Record(printed);
        Assert.Equal(("accepted", _client.Certificate.Serial), (record.GetProperty("outcome").GetString(), record.GetProperty("client_certificate").GetProperty("presented").GetProperty("serial").GetString()));
    }

    [Fact]
    public async Task Anchors_of_the_command_line_take_the_place_of_the_bundle()
    {
        var other = Path.Combine(_directory.FullName, "other.crt");
        await File.WriteAllTextAsync(other, TestPki.Root("Other").CertificatePem);

        var printed = await Probe("--spiffe", Socket, "--ca", other);

        Assert.Equal("untrusted_issuer", Record(printed).GetProperty("failure").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_client_without_an_identity_is_told_so_and_the_server_is_not_probed()
    {
        _api.Answer(null);

        var printed = await Probe("--spiffe", Socket);

        Assert.Equal(1, printed.Code);
        var failure = Record(printed).GetProperty("failure");
        Assert.Equal(("identity", "not_issued"), (failure.GetProperty("class").GetString(), failure.GetProperty("reason").GetString()));
        Assert.Contains("PERMISSION_DENIED", failure.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("\"/run/agent.sock\" is not the address of a Workload API: it begins with neither unix:// nor tcp://", "--spiffe", "/run/agent.sock")]
    [InlineData("--spiffe and --cert exclude each other", "--spiffe", "unix:///run/agent.sock", "--cert", "a.crt")]
    public async Task Contradictory_options_are_a_mistake(string expected, params string[] words)
    {
        var printed = await Probe(words);

        Assert.Equal(2, printed.Code);
        Assert.Contains(expected, printed.Error);
    }

    [Fact]
    public async Task Configured_sources_are_checked_and_probed_and_no_key_is_shown_anywhere()
    {
        var file = Path.Combine(_directory.FullName, "mtlsprobe.yml");
        await File.WriteAllTextAsync(file, $$"""
            identities: { mesh: { current: { spiffe: { id: "{{SpiffeRig.Id}}", socket: "{{Socket}}" } }, next: { spiffe: { hint: next, socket: "{{Socket}}" } } } }
            trust: { mesh: { spiffe: { trust_domain: prod.example, socket: "{{Socket}}" } }, partner: { spiffe: { trust_domain: partner.example, socket: "{{Socket}}" } } }
            targets: [{ name: t, address: "{{Address}}", server_name: server.test, protocol: tls, identity: mesh, trust: mesh }]
            """);

        var check = await Terminal.RunAsync("check-config", file);
        var probe = await Terminal.RunAsync("probe", "t", "--config.file", file, "--log.level", "debug");

        Assert.Equal((2, 0), (check.Code, probe.Code));
        Assert.Contains($"{Socket} has no bundle of the trust domain partner.example; it has those of prod.example", check.Output);
        Assert.StartsWith("✔ ACCEPTED  t (", probe.Output);
        var all = check.Output + check.Error + probe.Output + probe.Error;
        Assert.NotEmpty(_api.Keys);
        foreach (var key in _api.Keys)
        {
            Assert.DoesNotContain(Convert.ToBase64String(key)[40..80], all);
            Assert.DoesNotContain(Convert.ToHexStringLower(key)[80..120], all.ToLowerInvariant());
        }

        Assert.DoesNotContain("PRIVATE", all);
    }

    private Task<Printed> Probe(params string[] words) => Terminal.RunAsync(["probe", Address, "--server-name", "server.test", "--protocol", "tls", "--output", "json", .. words]);

    private static JsonElement Record(Printed printed) => JsonDocument.Parse(printed.Output).RootElement[0];
}
