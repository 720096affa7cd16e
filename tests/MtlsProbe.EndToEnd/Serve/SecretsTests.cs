using System.Net;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>
/// Keys and passphrases are in none of the pages, metrics, records and logs, not even if the files are broken and the log is at its most verbose.
/// (The harness searches every other run of the program as well.)
/// </summary>
public sealed class SecretsTests : IAsyncLifetime
{
    private static readonly string[] Pages =
        ["/", "/metrics", "/api/v1/targets", "/probe?target=right&debug=true", "/probe?target=wrong&debug=true", "/probe?target=unencrypted&debug=true"];

    private FleetServers _servers = null!;

    public async Task InitializeAsync()
    {
        if (RealServers.Missing is null) _servers = await FleetServers.Start("secrets", 1);
    }

    public async Task DisposeAsync()
    {
        if (RealServers.Missing is null) await _servers.DisposeAsync();
    }

    [RealServersFact]
    public async Task No_page_and_no_log_line_has_a_secret()
    {
        var good = TestPki.Shared.Clients["good"];
        var certificate = _servers.Files.ClientCertificate("good");
        var key = _servers.Workspace.Write("encrypted.key", good.EncryptedKeyPem(TestPki.Passphrase));
        var right = _servers.Workspace.Write("right", TestPki.Passphrase);
        var wrong = _servers.Workspace.Write("wrong", TestPki.Passphrase + "-of-another-key");
        var swapped = _servers.Workspace.Write("swapped", good.KeyPem); // a key where a certificate should be
        string[] names = ["right", "wrong", "unencrypted"];
        var configuration = new ConfigFile(_servers.Files, [.. names.Select(name => new TargetEntry(name, _servers.FirstPort) { Identity = name + "-id" })])
        {
            Interval = "1s",
            Timeout = "1s",
            MoreIdentities = $$"""
                  right-id:
                    current: { certificate: {{certificate}}, key: {{key}}, passphrase_file: {{right}} }
                  wrong-id:
                    current: { certificate: {{certificate}}, key: {{key}}, passphrase_file: {{wrong}} }
                  unencrypted-id:
                    current: { certificate: {{swapped}}, key: {{certificate}} }

                """,
        };
        var file = configuration.WriteTo(_servers.Workspace);
        await Mtlsprobe.Run("check-config", file);
        await using var exporter = await Exporter.Start(file, "--log.level", "debug");
        await exporter.Ready();

        foreach (var page in Pages)
        {
            var (status, body) = await exporter.Send(HttpMethod.Get, page); // searches the body
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.NotEqual("", body);
        }

        await exporter.Until(m => m.Sum("mtlsprobe_handshakes_total", ("target", "wrong")) >= 3, "more probes with broken files");
        Assert.NotEqual("", exporter.Process.Output); // searched when the exporter is disposed of
    }

    [RealServersFact]
    public async Task A_key_inside_the_configuration_is_refused_and_not_repeated()
    {
        var good = TestPki.Shared.Clients["good"];
        var certificate = _servers.Files.ClientCertificate("good");
        var pasted = string.Concat(good.KeyPem.Trim().Split('\n').Select(line => $"        {line}\n"));
        var oneLine = string.Concat(good.KeyPem.Split('\n').Where(line => !line.StartsWith("-----", StringComparison.Ordinal)).Select(line => line.Trim()));
        var right = new ConfigFile(_servers.Files, [new TargetEntry("right", _servers.FirstPort)]);
        var wrong = right with
        {
            FileName = "pasted.yml",
            MoreIdentities = $$"""
                  pasted:
                    current:
                      certificate: {{certificate}}
                      key: |
                {{pasted}}
                  joined:
                    current: { certificate: {{certificate}}, key: {{oneLine}} }

                """,
        };
        var web = _servers.Workspace.Write("web.yml", $"tls_server_config:\n  cert_file: {certificate}\n  key_file: |\n{pasted}");
        var file = right.WriteTo(_servers.Workspace);

        string[][] runs = [["check-config", wrong.WriteTo(_servers.Workspace)], ["serve", "--config.file", _servers.Workspace.Write("pasted.yml", wrong.Yaml())],
            ["serve", "--config.file", file, "--web.config.file", web], ["probe", "127.0.0.1:1", "--cert", certificate, "--key", good.KeyPem]];
        foreach (var run in runs)
        {
            var result = await Mtlsprobe.Run(run); // searches what it prints
            Assert.Equal(2, result.ExitCode);
            Assert.Contains("holds a key or a certificate itself, not the path of a file", result.Output, StringComparison.Ordinal);
        }

        await using var exporter = await Exporter.Start(file);
        _servers.Workspace.Write("mtlsprobe.yml", wrong.Yaml());
        var (status, body) = await exporter.Send(HttpMethod.Post, "/-/reload");
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Contains("identities.joined.current.key: holds a key", body, StringComparison.Ordinal);
    }
}
