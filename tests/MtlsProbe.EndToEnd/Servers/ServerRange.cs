using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Every real server with every server certificate, running while the tests of its collection run.</summary>
public sealed class ServerRange : IAsyncLifetime
{
    /// <summary>The certificates that each server presents, one port each.</summary>
    internal static readonly IReadOnlyList<string> Certificates =
    [
        "good", "expired", "not_yet_valid", "wrong_name", "self_signed", "untrusted_issuer", "incomplete_chain", "wrong_order", "wrong_usage",
    ];

    private readonly Workspace _workspace = new("servers");
    private readonly List<IAsyncDisposable> _running = [];
    private Dictionary<(string Server, string Certificate), Endpoint> _endpoints = [];

    internal TestPki Pki { get; } = TestPki.Shared;

    internal PkiFiles Files { get; private set; } = null!;

    internal Workspace Workspace => _workspace;

    internal Endpoint this[string server, string certificate = "good"] => _endpoints[(server, certificate)];

    public async Task InitializeAsync()
    {
        Files = new PkiFiles(_workspace, Pki);
        if (RealServers.Missing is not null) return; // all tests that would use them are skipped
        var sink = new Sink();
        _running.Add(sink);
        var kestrel = await KestrelServer.Start(Pki, Certificates.Where(certificate => certificate != "wrong_usage")); // it does not start with such a certificate
        _running.Add(kestrel);
        var groups = await Task.WhenAll(Starting(sink.Port).Select(async start =>
        {
            var group = await start;
            lock (_running) _running.Add(group);
            return group;
        }));
        _endpoints = groups.SelectMany(group => group.Endpoints).Concat(kestrel.Endpoints).ToDictionary(e => (e.Server, e.Certificate));
    }

    public async Task DisposeAsync()
    {
        foreach (var server in _running) await server.DisposeAsync();
        _workspace.Dispose();
    }

    private IEnumerable<Task<ServerGroup>> Starting(int sinkPort) =>
    [
        Nginx.Start(_workspace, Files, [.. Certificates, "rsa"], sinkPort),
        Haproxy.Start(_workspace, Files, Certificates, sinkPort),
        Apache.Start(_workspace, Files, Certificates),
        Stunnel.Start(_workspace, Files, Certificates, sinkPort),
        OpensslServer.Start(Files, "good", tickets: false),
        .. Certificates.Select(certificate => OpensslServer.Start(Files, certificate)),
        .. Certificates.Select(certificate => GnutlsServer.Start(Files, certificate)),
    ];
}

/// <summary>The tests that share the real servers.</summary>
[CollectionDefinition(Name)]
public sealed class RealServersTests : ICollectionFixture<ServerRange>
{
    public const string Name = "real servers";
}
