using System.Globalization;
using System.Text;
using MtlsProbe.OpenSsl;
using MtlsProbe.Tests.Handshake;

namespace MtlsProbe.Hostile;

/// <summary>Hostile servers of every kind beside some healthy ones, all on loopback, with their own PKI.</summary>
internal sealed class HostileRange : IAsyncDisposable
{
    private const int Healthy = 20;

    private readonly TestCertificate _root = TestCertificate.SelfSigned(TestTemplate.Authority("Hostile Range"));
    private readonly TestCertificate _client;
    private readonly List<Peer> _peers = [];
    private readonly StringBuilder _targets = new();

    /// <param name="healthy">Keys of the healthy targets, as in a mapping of YAML.</param>
    public HostileRange(string healthy)
    {
        _client = _root.Issue(TestTemplate.Client("client"));
        var leaf = _root.Issue(TestTemplate.Server("server.test"));
        var good = new ServerParameters { Chain = [leaf.Der, _root.Der], Key = PrivateKey.Of(leaf.Key), ClientAuthentication = ClientAuthentication.Required, ClientAnchors = [_root.Der] };
        for (var i = 0; i < Healthy; i++) Add(new HostileServer($"healthy-{i}", AnswerAsync) { Protocol = "https", Keys = healthy, Tls = _ => [good] }, good);
        foreach (var server in Servers) Add(server, good with { ClientAuthentication = ClientAuthentication.Unverified }); // a server that checks certificates could accept us
    }

    /// <summary>One of each kind.</summary>
    public static IReadOnlyList<HostileServer> Servers { get; } = [.. ClearTextServers.All, .. HandshakeServers.All, .. SessionServers.All];

    public static IReadOnlyList<string> HealthyTargets { get; } = [.. Enumerable.Range(0, Healthy).Select(i => $"healthy-{i}")];

    /// <summary>The configuration of a prober for all of them.</summary>
    /// <param name="write">Writes a file with this name and content, and returns its path.</param>
    public string Configuration(Func<string, string, string> write, string interval, string timeout) => string.Create(CultureInfo.InvariantCulture, $$"""
        defaults: { interval: {{interval}}, timeout: {{timeout}}, trust: range, identity: client, server_name: server.test }
        trust: { range: { files: [{{write("range.crt", _root.CertificatePem)}}] } }
        identities: { client: { current: { certificate: {{write("range-client.crt", _client.CertificatePem)}}, key: {{write("range-client.key", _client.KeyPem)}} } } }
        targets:
        {{_targets}}
        """);

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers) await peer.DisposeAsync();
    }

    private static async Task AnswerAsync(PeerConnection c)
    {
        if (!await c.HandshakeAsync() || await c.ReadAsync() is null) return;
        await c.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await c.CloseTlsAsync();
    }

    private void Add(HostileServer server, ServerParameters good)
    {
        var peer = server.Start(good);
        _peers.Add(peer);
        _targets.AppendLine(CultureInfo.InvariantCulture, $"  - {{ name: {server.Name}, address: \"127.0.0.1:{peer.Port}\", protocol: {server.Protocol}{(server.Keys.Length > 0 ? ", " + server.Keys : "")} }}");
    }
}
