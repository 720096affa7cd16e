using System.Globalization;
using System.Text;
using MtlsProbe.Demo;
using MtlsProbe.OpenSsl;
using MtlsProbe.Tests.Cli;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Rotation;

/// <summary>Real TLS servers on loopback, the files of a configuration that probes them, and the command over both.</summary>
internal sealed class PreflightRig : IAsyncDisposable
{
    public const string ServerName = "server.test";

    private readonly List<TlsServer> _servers = [];
    private readonly StringBuilder _targets = new();

    public TestCertificate OldRoot { get; } = TestPki.Root("Old Root");

    public TestCertificate NewRoot { get; } = TestPki.Root("New Root");

    public TempFiles Files { get; } = new();

    public PreflightRig()
    {
        Files.Write("root.crt", OldRoot.CertificatePem);
        Write("current", OldRoot.Client("checkout"));
    }

    public string Configuration => Files.Path("mtlsprobe.yml");

    /// <summary>More lines for <c>identities</c>, each with its indentation.</summary>
    public string MoreIdentities { get; set; } = "";

    /// <summary>The entry <c>next</c> of the identity; empty for none.</summary>
    public string Next { get; set; } = "";

    /// <summary>More members for the targets of servers that follow, each with a comma before it.</summary>
    public string MoreOfTarget { get; set; } = "";

    /// <summary>Writes NAME.crt and NAME.key.</summary>
    public void Write(string name, TestCertificate leaf, params TestCertificate[] intermediates)
    {
        Files.Write(name + ".crt", TestPki.Pem([leaf, .. intermediates]));
        Files.Write(name + ".key", leaf.KeyPem);
    }

    /// <summary>A server with its own chain that accepts the clients of these authorities, and a target for it.</summary>
    public TlsServer Serve(string name, IEnumerable<TestCertificate> chain, params TestCertificate[] clients) =>
        Serve(name, chain, ClientAuthentication.Required, Behaviours.CloseWithClient, clients);

    public TlsServer Serve(string name, IEnumerable<TestCertificate> chain, ClientAuthentication authentication, Behaviour behaviour, params TestCertificate[] clients)
    {
        var server = new TlsServer(
            new ServerParameters
            {
                Chain = [.. chain.Select(certificate => certificate.Certificate.Der)],
                Key = PrivateKey.Of(chain.First().Key),
                ClientAuthentication = authentication,
                ClientAnchors = [.. clients.Select(client => client.Certificate.Der)],
            },
            behaviour,
            TimeProvider.System);
        _servers.Add(server);
        Target(name, $"127.0.0.1:{server.Port}", MoreOfTarget);
        return server;
    }

    public void Target(string name, string address, string more = "") =>
        _targets.Append(CultureInfo.InvariantCulture, $"  - {{ name: {name}, address: \"{address}\"{more} }}\n");

    public Task<Printed> PreflightAsync(params string[] words) => RunAsync("preflight", words);

    /// <summary>A command over the configuration.</summary>
    public Task<Printed> RunAsync(string command, params string[] words)
    {
        Configure();
        return Cli.Terminal.RunAsync([command, .. words, "--config.file", Configuration]);
    }

    /// <summary>Writes the configuration.</summary>
    public void Configure() => Files.Write("mtlsprobe.yml", $$"""
        defaults: { interval: 60s, timeout: 55s, protocol: tls, server_name: {{ServerName}}, identity: checkout, trust: internal }
        identities:
          checkout:
            current: { certificate: current.crt, key: current.key }
        {{(Next.Length > 0 ? $"    next: {Next}" : "")}}
        {{MoreIdentities}}
        trust:
          internal: { files: [root.crt] }
        targets:
        {{_targets}}
        """);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        Files.Dispose();
    }
}
