using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>Files as written by editors, other tools and distributions, used in real handshakes.</summary>
public sealed class FileTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    private readonly Workspace _workspace = new("files");
    private readonly PkiFiles _files;
    private readonly Issued _good = TestPki.Shared.Clients["good"];

    public FileTests()
    {
        _files = new PkiFiles(_workspace, TestPki.Shared);
        Secret("passphrase", TestPki.Passphrase + "\n");
    }

    public void Dispose() => _workspace.Dispose();

    [NeedsFact("openssl")]
    public async Task A_credential_with_byte_order_marks_and_other_labels_is_accepted()
    {
        _workspace.Write("bom.crt", "\uFEFF" + _good.ChainPem);
        Secret("bom.key", "\uFEFF" + _good.KeyPem);
        _workspace.Write("trusted.crt", _good.ChainPem.Replace(" CERTIFICATE", " TRUSTED CERTIFICATE", StringComparison.Ordinal));
        _workspace.Write("x509.crt", _good.ChainPem.Replace(" CERTIFICATE", " X509 CERTIFICATE", StringComparison.Ordinal));
        await using var server = await OpensslServer.Start(_files, "good");
        var port = server.Endpoints[0].Port;
        string[] names = ["bom", "trusted", "x509"];
        var configuration = new ConfigFile(_files, [.. names.Select(name => new TargetEntry(name, port) { Identity = name, More = [$"trust: {name}"] })])
        {
            MoreIdentities = string.Concat(names.Select(name =>
                $"  {name}: {{ current: {{ certificate: {_workspace.PathOf(name + ".crt")}, key: {_workspace.PathOf("bom.key")} }} }}\n")),
            MoreTrust = string.Concat(names.Select(name => $"  {name}: {{ files: [{Root(name)}] }}\n")),
        };

        foreach (var (name, record) in await Mtlsprobe.Probe(configuration, _workspace))
        {
            Assert.True(record is { Verdict: "accepted", ChainValid: true }, $"{name}: {record}");
            Assert.Equal(_good.Serial, record.PresentedSerial);
        }
    }

    [Fact]
    public async Task Of_a_PKCS12_file_with_two_keys_one_chain_arrives_and_nothing_of_the_other()
    {
        var stranger = TestPki.Shared.Clients["wrong_ca"];
        X509Certificate2Collection both = [_good.WithKey, stranger.WithKey, .. _good.Issuers.Select(issuer => issuer.Certificate)];
        File.WriteAllBytes(Secret("two.p12", ""), both.Export(X509ContentType.Pkcs12, TestPki.Passphrase)!);
        await using var server = new RecordingServer(TestPki.Shared.Servers["good"].Leaf.WithKey);

        await using var probe = Mtlsprobe.Start(
            ["probe", $"127.0.0.1:{server.Port}", "--protocol", "tls", "--server-name", TestPki.ServerName, "--ca", _files.Root,
                "--pkcs12", _workspace.PathOf("two.p12"), "--key-passphrase-file", _workspace.PathOf("passphrase")]);
        await probe.Exit(s_limit);

        Mtlsprobe.AssertNoSecrets(probe.Output);
        var arrived = (await server.Arrived.WaitAsync(s_limit)).ToList();
        Issued[] chosen = [.. new[] { _good, stranger }.Where(one => one.Certificate.Thumbprint == arrived[0])];
        var chain = Assert.Single(chosen);
        Assert.Equal([chain.Certificate.Thumbprint, .. chain.Issuers.Select(issuer => issuer.Certificate.Thumbprint)], arrived);
        Assert.Contains("holds 2 private keys: the first that has its certificate in the file is used, that of " + chain.Certificate.Subject, probe.Output, StringComparison.Ordinal);
    }

    [NeedsFact("openssl")]
    public async Task A_bad_block_in_the_anchors_of_the_machine_is_named_and_the_others_are_used()
    {
        var bad = PemEncoding.WriteString("CERTIFICATE", [0x30, 0x03, 1, 2, 3]) + "\n";
        var bundle = _workspace.Write("bundle.pem", TestPki.Shared.Clients["wrong_ca"].CertificatePem + bad + TestPki.Shared.Root.CertificatePem);
        var environment = new Dictionary<string, string> { ["SSL_CERT_FILE"] = bundle };
        await using var server = await OpensslServer.Start(_files, "good");
        var configuration = new ConfigFile(_files, [new TargetEntry("a", server.Endpoints[0].Port) { More = ["trust: system"] }]);
        var file = configuration.WriteTo(_workspace);

        await using var check = Mtlsprobe.Start(["check-config", file], environment);
        Assert.Equal(0, await check.Exit(s_limit));
        await using var probe = Mtlsprobe.Start(["probe", "a", "--config.file", file], environment);
        Assert.Equal(0, await probe.Exit(s_limit));

        var sentence = $"{bundle} is damaged: certificate 2 of 3, at line ";
        Assert.Contains($"warning: trust.system: {sentence}", check.Output, StringComparison.Ordinal);
        Assert.Contains($"Trust bundle system: {sentence}", probe.Output, StringComparison.Ordinal);
        Assert.Contains("✔ ACCEPTED", probe.Output, StringComparison.Ordinal);
    }

    /// <summary>Anchors in the form of the credential.</summary>
    private string Root(string name)
    {
        var pem = TestPki.Shared.Root.CertificatePem;
        return _workspace.Write(name + "-root.crt", name switch
        {
            "bom" => "\uFEFF" + pem,
            "trusted" => pem.Replace(" CERTIFICATE", " TRUSTED CERTIFICATE", StringComparison.Ordinal),
            _ => pem.Replace(" CERTIFICATE", " X509 CERTIFICATE", StringComparison.Ordinal),
        });
    }

    private string Secret(string name, string content)
    {
        var path = _workspace.Write(name, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <summary>Accepts one client, whichever it is, and keeps the thumbprints of the certificates that it sent, in order.</summary>
    private sealed class RecordingServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly TaskCompletionSource<IReadOnlyList<string>> _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _serving;

        public RecordingServer(X509Certificate2 certificate)
        {
            _listener.Start();
            _serving = Serve(certificate);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public Task<IReadOnlyList<string>> Arrived => _arrived.Task;

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Dispose();
            await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }

        private async Task Serve(X509Certificate2 certificate)
        {
            using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = certificate,
                    ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = (_, leaf, chain, _) => Keep(leaf, chain),
                },
                _stop.Token);
            while (await tls.ReadAsync(new byte[1024], _stop.Token) > 0)
            {
                // What it says does not matter here.
            }
        }

        private bool Keep(X509Certificate? leaf, X509Chain? chain)
        {
            var first = (leaf as X509Certificate2)?.Thumbprint ?? "none";
            var others = chain?.ChainPolicy.ExtraStore.Select(certificate => certificate.Thumbprint).Where(thumbprint => thumbprint != first) ?? [];
            _arrived.TrySetResult([first, .. others]);
            return true;
        }
    }
}
